import { rmSync } from "node:fs";
import { withCaptions } from "../captions/index.js";
import type { FrameRenderer } from "../frames/index.js";
import { packError } from "../shared/error-transfer.js";
import { SampleWriter } from "../shared/sample-file.js";
import { decodeAudio, decodeHevc, type EncodeVideoOptions, encodeVideo, probeFilm } from "../video/index.js";
import { ExtraOutputs } from "./extra-outputs.js";
import type {
  DecodeAudioJob,
  DecodeAudioReport,
  MediaReply,
  MediaRequest,
  RenderJob,
  RenderReport,
} from "./media-messages.js";
import { type PreparedScene, type PrepareRenderer, prepareScene } from "./media-scene.js";
import { textTrackOf } from "./text-track-of.js";

/** Milliseconds between two progress messages. */
const PROGRESS_INTERVAL_MS = 100;
/** Milliseconds between two signs of life while sound is decoded. */
const SIGN_OF_LIFE_MS = 1_000;
/**
 * After so many milliseconds there are no more of them, and the program gives the process up: ten minutes of 5.1 take
 * about 10 s, but a small file can be made to hold any number of samples.
 */
const LONGEST_DECODING_MS = 240_000;

/** Serves the jobs of the program that forked this process, until it goes away. */
export function serveMediaJobs(prepareRenderer: PrepareRenderer): void {
  // The workspace, if any: the program removes it, unless it dies first.
  const unfinished = new Set<string>(process.argv.slice(2));
  const reply = (message: MediaReply): void => {
    if (process.connected) process.send?.(message);
  };
  const removeUnfinished = (): never => {
    for (const path of unfinished) removeQuietly(path);
    process.exit(0);
  };
  const stage: Stage = { prepareRenderer, scene: null };
  process.on("message", (request: MediaRequest) => {
    if (request.type === "workspace") return void unfinished.add(request.path);
    void serve(request, stage, unfinished, reply)
      .catch((error: unknown): MediaReply => ({ type: "failed", error: packError(error) }))
      .then(reply);
  });
  process.on("disconnect", removeUnfinished);
  // The program may have died while this one was loading.
  if (!process.connected) removeUnfinished();
  // Ctrl-C in a terminal reaches every process of the group; the program decides what it means.
  process.on("SIGINT", () => {});
  reply({ type: "ready" });
}

/** How scenes are made, and the one that was made ahead. */
type Stage = { readonly prepareRenderer: PrepareRenderer; scene: PreparedScene | null };

async function serve(
  request: Exclude<MediaRequest, { type: "workspace" }>,
  stage: Stage,
  unfinished: Set<string>,
  reply: (message: MediaReply) => void,
): Promise<MediaReply> {
  if (request.type === "decode-audio") {
    return { type: "decoded", report: await decodeToFile(request.job, reply) };
  }
  if (request.type === "decode-hevc") return { type: "pictures", pictures: await decodeHevc(request.job) };
  if (request.type === "probe-film") return { type: "film", facts: await probeFilm(request.job) };
  if (request.type === "prepare-scene") {
    await stage.scene?.close();
    stage.scene = await prepareScene(request.job, stage.prepareRenderer);
    return { type: "scene-ready" };
  }
  const { partPath, livePath } = request.job;
  unfinished.add(partPath);
  if (livePath !== undefined) unfinished.add(livePath);
  try {
    return { type: "rendered", report: await render(request.job, stage, reply) };
  } finally {
    unfinished.delete(partPath);
    if (livePath !== undefined) unfinished.delete(livePath);
  }
}

/** Writes the samples while they are decoded: ten minutes of them have 115 MB. */
async function decodeToFile(
  { bytes, path, ...options }: DecodeAudioJob,
  reply: (message: MediaReply) => void,
): Promise<DecodeAudioReport> {
  const start = performance.now();
  let lastSign = start;
  const onBlock = (): void => {
    const now = performance.now();
    if (now - lastSign < SIGN_OF_LIFE_MS || now - start > LONGEST_DECODING_MS) return;
    lastSign = now;
    reply({ type: "alive" });
  };
  const file = new SampleWriter(path);
  try {
    const add = (samples: Float32Array): void => file.add(samples);
    const { gain, warnings } = await decodeAudio(bytes, { ...options, onBlock }, add);
    return { sound: file.finish(), gain, warnings };
  } finally {
    file.close();
  }
}

async function render(
  job: RenderJob,
  stage: Stage,
  reply: (message: MediaReply) => void,
): Promise<RenderReport> {
  const scene = stage.scene ?? (await prepareScene(job, stage.prepareRenderer));
  stage.scene = null;
  try {
    const extras = new ExtraOutputs(job);
    const bare = extras.watchScene(scene.perform(job.performance));
    const renderer = extras.watchVideo(await captioned(bare, job));
    return await renderWith(renderer, job, { extras, preparing: scene.seconds, reply });
  } finally {
    await scene.close();
  }
}

async function captioned(
  renderer: FrameRenderer,
  { rig, framing, performance: motion, paintedCaptions, frameRate }: RenderJob,
): Promise<FrameRenderer> {
  if (paintedCaptions === undefined) return renderer;
  const { style } = paintedCaptions;
  return withCaptions(renderer, paintedCaptions, { rig, framing, performance: motion, frameRate, style });
}

type Rendering = {
  readonly extras: ExtraOutputs;
  /** Seconds that making the renderer took. */
  readonly preparing: number;
  readonly reply: (message: MediaReply) => void;
};

async function renderWith(
  renderer: FrameRenderer,
  job: RenderJob,
  { extras, preparing, reply }: Rendering,
): Promise<RenderReport> {
  const { performance: motion, samples, sampleRate, frameRate, path, partPath } = job;
  let lastProgress = 0;
  try {
    const { video, timings } = await encodeVideo({
      renderer,
      frameCount: motion.frameCount,
      ...{ frameRate, samples, sampleRate, path, partPath },
      ...howToEncode(job),
      onFrame: (frame) => {
        const now = performance.now();
        if (now - lastProgress < PROGRESS_INTERVAL_MS && frame < motion.frameCount) return;
        lastProgress = now;
        reply({ type: "progress", frame });
      },
    });
    return { video, extras: await extras.finish(), timings: { ...timings, preparing } };
  } finally {
    await extras.close();
  }
}

/** What a job leaves open is left to the encoder. */
function howToEncode(job: RenderJob): Partial<EncodeVideoOptions> {
  const { format, livePath, preset, threads, captions, textTrack } = job;
  return {
    ...(format === undefined ? {} : { format }),
    ...(livePath === undefined ? {} : { livePath }),
    ...(preset === undefined ? {} : { preset }),
    ...(threads === undefined ? {} : { threads }),
    ...(textTrack === undefined
      ? {}
      : { textTrack: textTrackOf(captions ?? { cues: [] }, textTrack.language) }),
  };
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Nobody is left who could be told.
  }
}
