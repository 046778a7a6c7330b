import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Photo } from "../../assets/index.js";
import { throwIfCancelled } from "../../shared/errors.js";
import { fillFace } from "../person-matte.js";
import { loadPortraitModels } from "../portrait-models.js";
import { RegionSampler } from "../region-sampler.js";
import type { Rig } from "../rig.js";
import { findPerson, USUAL_LOOKS } from "./coarse-matte.js";
import { coloursBeforeWhite, hasBackground, showsBackground } from "./file-alpha.js";
import { guessPerson } from "./guess-person.js";
import { reducePhoto } from "./planes.js";
import { refineMatte } from "./refine-matte.js";

/** Longest side of the lattice on which coverage is solved, pixels. */
const WORKING_SIDE = 1024;
/** Mesh id of the chin. */
const CHIN = 152;

/** How to cut out. */
export type CutOutOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Called with the share done, `[0, 1]`. */
  readonly onProgress?: (fraction: number) => void;
};

/**
 * The same photo with nothing but its person: `alpha` is how much of each pixel the person covers, down to single
 * hairs, and `rgb` are the person's own colours, free of the old background and continued beyond the person.
 * Deterministic. The event loop runs between the steps (about 50 to 300 ms each).
 *
 * @throws EngineError when a model file cannot be used
 * @throws CancelledError when the signal fires
 */
export async function cutOutPerson(photo: Photo, rig: Rig, options: CutOutOptions = {}): Promise<Photo> {
  throwIfCancelled(options.signal);
  if (photo.alpha === null) return cutOut(photo, rig, options);
  // Solved as if the picture went on where the file shows nothing: white corners would pass for a background.
  const colours = { ...photo, rgb: coloursBeforeWhite(photo, photo.alpha) };
  if (!hasBackground(rig.matte) && !(await hasHiddenBackground(colours, rig, options))) {
    options.onProgress?.(1);
    return { ...colours, alpha: photo.alpha.slice() };
  }
  const cut = await cutOut(colours, rig, options);
  const alpha = photo.alpha.map((own, i) => Math.min(own, cut.alpha![i]!));
  return { ...cut, alpha };
}

/** Looks again at a file that seems to be a person who was cut out. */
async function hasHiddenBackground(photo: Photo, rig: Rig, options: CutOutOptions): Promise<boolean> {
  const { segmenter } = await loadPortraitModels();
  const pause = createPause({ signal: options.signal });
  const sampler = new RegionSampler(photo);
  const probability = await findPerson(photo, rig.landmarks, rig.matte, segmenter, sampler, pause);
  return showsBackground(rig.matte, probability);
}

async function cutOut(photo: Photo, rig: Rig, options: CutOutOptions): Promise<Photo> {
  const { segmenter } = await loadPortraitModels();
  const pause = createPause(options);
  const picture = reducePhoto(photo, WORKING_SIDE);
  const { width, height } = picture;
  await pause();
  const sampler = new RegionSampler(photo);
  const seen = await findPerson(photo, rig.landmarks, picture, segmenter, sampler, pause);
  const scale = width / photo.width;
  const unit = rig.head.eyeDistance * scale;
  const face = fillFace(photo, rig.landmarks, width, height);
  const probability = rig.matte.isGuess ? guessPerson(picture, face, rig.landmarks, scale, unit) : seen;
  const head = { eyeDistance: unit, chinY: rig.landmarks[3 * CHIN + 1]! * scale };
  const cut = await refineMatte(photo, { picture, probability, face, head }, pause);
  options.onProgress?.(1);
  return cut;
}

/** What happens after every step: others get their turn, a cancelled request stops, progress is told. */
function createPause(options: CutOutOptions): () => Promise<void> {
  let steps = 0;
  return async () => {
    steps++;
    options.onProgress?.(Math.min(0.95, steps / (USUAL_LOOKS + 6)));
    await yieldToEventLoop();
    throwIfCancelled(options.signal);
  };
}
