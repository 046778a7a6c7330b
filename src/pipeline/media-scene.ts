import { availableParallelism } from "node:os";
import type { Photo } from "../assets/index.js";
import { loadSkia } from "../captions/index.js";
import type { Framing, NewBackground, PreparedRenderer } from "../frames/index.js";
import type { Rig } from "../portrait/index.js";
import type { SceneJob } from "./media-messages.js";
import { openBackground } from "./open-background.js";
import { readPhoto } from "./photo-file.js";

/** Makes a portrait ready to be drawn. */
export type PrepareRenderer = (scene: {
  rig: Rig;
  photo: Photo;
  framing: Framing;
  background?: NewBackground;
}) => Promise<PreparedRenderer>;

/** A portrait that is ready to be drawn, once. */
export type PreparedScene = PreparedRenderer & {
  /** Seconds that it took. */
  readonly seconds: number;
  /** Closes the film behind it. */
  close(): Promise<void>;
};

/** Threads of a background film's decoder at most: frames wait for drawing and encoding more than for it. */
const FILM_THREADS = 2;

/**
 * Opens what stands behind the person and makes the renderer.
 *
 * @throws {@link AssetError} `unsupported_video_format` when a film cannot be decoded
 */
export async function prepareScene(job: SceneJob, prepareRenderer: PrepareRenderer): Promise<PreparedScene> {
  const { framing, frameRate, threads = availableParallelism() } = job;
  const start = performance.now();
  const options = { frameRate, threads: Math.min(FILM_THREADS, threads) };
  const { background, close } = await openBackground(job.background, framing, options);
  try {
    if (job.hasCaptions === true) await loadSkia();
    const renderer = await makeRenderer(job, background, prepareRenderer);
    // What was only needed on the way must not stay next to what the encoder takes. Takes about 5 ms.
    globalThis.gc?.();
    const seconds = (performance.now() - start) / 1000;
    return { perform: (motion) => renderer.perform(motion), seconds, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Apart, so that the photo's pixels are held no longer than the renderer needs them. */
async function makeRenderer(
  { rig, photo, framing }: SceneJob,
  background: NewBackground | undefined,
  prepareRenderer: PrepareRenderer,
): Promise<PreparedRenderer> {
  const pixels = "path" in photo ? await readPhoto(photo) : photo;
  const scene = { rig, photo: pixels, framing };
  return prepareRenderer(background === undefined ? scene : { ...scene, background });
}
