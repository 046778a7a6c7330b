/** What the documents say about the model besides its inputs: the facts of the hosted page. */
export const MODEL_FACTS = {
  title: "Heygen",
  tagline: "Heygen Photo Avatar 4 Model",
  category: "image-to-video",
  kind: "inference",
  tags: ["image-to-video"],
} as const;

/** Values that the samples and full examples of all documents use. */
export const SAMPLE_INPUT = {
  image_url: "https://example.com/face.png",
  prompt: "Hey friends! Welcome to the show. Today the photo does the talking.",
  voice: "Melissa",
  talking_style: "stable",
  resolution: "720p",
  aspect_ratio: "16:9",
} as const;

/** A video as it stands in answers, below the address of the files. */
export function sampleOutput(files: string): { video: Record<string, string | number> } {
  return {
    video: {
      url: `${files}/files/b/b248302e/V1StGXR8Z5jdHi6BmyT4Q_output.mp4`,
      content_type: "video/mp4",
      file_name: "output.mp4",
      file_size: 2_466_524,
    },
  };
}

/**
 * The addresses below which things are found, for one caller.
 *
 * A caller that uses fal's host names finds sync runs on `fal.run`; others find them below `/run`.
 */
export type DocumentAddresses = {
  readonly run: string;
  readonly queue: string;
  readonly rest: string;
  readonly files: string;
  readonly site: string;
};

/** Adds to the caller's base where sync runs are. */
export function documentAddresses(base: Omit<DocumentAddresses, "run">): DocumentAddresses {
  const { queue, rest, files, site } = base;
  const run = queue.endsWith("/queue")
    ? queue.replace(/\/queue$/, "/run")
    : queue.replace("://queue.", "://");
  return { run, queue, rest, files, site };
}

/** `fal-ai/heygen` of `fal-ai/heygen/avatar4/image-to-video`: what status, result and cancel URLs use. */
export function applicationOf(modelId: string): string {
  return modelId.split("/").slice(0, 2).join("/");
}
