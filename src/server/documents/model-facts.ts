import { EXTRA_OUTPUT_KEYS, EXTRA_OUTPUTS, type ExtraOutput } from "../../request/index.js";

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

/** A file that may stand beside the video, as documents describe it. */
export type ExtraOutputField = {
  /** Key in the output. */
  readonly name: string;
  /** What has to be asked for. */
  readonly output: ExtraOutput;
  readonly description: string;
  readonly example: Readonly<Record<string, string | number>>;
};

const EXTRA_OUTPUT_FACTS: Readonly<
  Record<ExtraOutput, { readonly description: string; readonly file: readonly [string, string, number] }>
> = {
  srt: {
    description: "The spoken words as SubRip subtitles.",
    file: ["output.srt", "application/x-subrip", 312],
  },
  vtt: {
    description: "The spoken words as WebVTT, for the `<track>` of a web page.",
    file: ["output.vtt", "text/vtt", 328],
  },
  poster: { description: "A still of the video.", file: ["poster.jpg", "image/jpeg", 118_304] },
  gif: { description: "A small moving preview as GIF.", file: ["preview.gif", "image/gif", 1_204_511] },
  webp: {
    description: "A small moving preview as animated WebP.",
    file: ["preview.webp", "image/webp", 301_022],
  },
};

/** The files that may stand beside the video in an output, below the address of the files. Only we have them. */
export function extraOutputFields(files: string): readonly ExtraOutputField[] {
  return EXTRA_OUTPUTS.map((output) => {
    const { description, file } = EXTRA_OUTPUT_FACTS[output];
    const [file_name, content_type, file_size] = file;
    const url = `${files}/files/b/b248302e/V1StGXR8Z5jdHi6BmyT4Q_${file_name}`;
    return {
      name: EXTRA_OUTPUT_KEYS[output],
      output,
      description,
      example: { url, content_type, file_name, file_size },
    };
  });
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
