import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Photo } from "../../assets/index.js";
import { throwIfCancelled } from "../../shared/errors.js";
import { clamp } from "../../shared/numeric.js";
import { fillFace } from "../person-matte.js";
import { loadPortraitModels } from "../portrait-models.js";
import { RegionSampler } from "../region-sampler.js";
import type { Rig } from "../rig.js";
import { findPerson, USUAL_LOOKS } from "./coarse-matte.js";
import { coloursBeforeWhite, hasBackground, showsBackground } from "./file-alpha.js";
import { foregroundColours } from "./foreground-colours.js";
import { guessPerson } from "./guess-person.js";
import { applyToPhoto, fitToColours } from "./guided-matte.js";
import { findRegions, OUTSIDE } from "./person-regions.js";
import { reducePhoto, reducePlane } from "./planes.js";
import { type BandSolution, solveBand } from "./solve-band.js";
import { findBody, tidyBand } from "./tidy-band.js";

/** Longest side of the lattice on which coverage is solved, pixels. */
const WORKING_SIDE = 1024;
/** Coverages that are stretched to all: what lies beyond is nothing or everything. */
const STRETCH = [0.06, 0.9] as const;
/** Radius of the last fit to the colours, eye distances, and how much detail it leaves out. */
const FIT = { radius: 0.022, smoothing: 1e-4 } as const;

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
  const regions = findRegions(probability, face, width, height, {
    eyeDistance: unit,
    chinY: rig.landmarks[3 * CHIN + 1]! * scale,
  });
  await pause();
  const solution = solveBand(picture, regions, unit);
  tidyBand(solution.alpha, regions, width, height, unit);
  const visible = photo.alpha === null ? null : reducePlane(photo.alpha, photo, picture);
  dropGhosts(solution, regions.kinds, findBody(solution.alpha, visible, face, width, height, unit));
  await pause();
  const radius = Math.max(1, Math.round(FIT.radius * unit));
  const linear = fitToColours(picture, solution.alpha, solution.confidence, radius, FIT.smoothing);
  await pause();
  const fine = applyToPhoto(linear, regions.kinds, photo);
  const alpha = new Uint8Array(fine.length);
  for (let i = 0; i < fine.length; i++) {
    fine[i] = clamp((fine[i]! - STRETCH[0]) / (STRETCH[1] - STRETCH[0]), 0, 1);
    alpha[i] = Math.round(255 * fine[i]!);
  }
  await pause();
  const cells = reducePlane(alpha, photo, picture);
  for (let i = 0; i < cells.length; i++) cells[i]! /= 255;
  const rgb = foregroundColours(photo, fine, picture, cells);
  options.onProgress?.(1);
  return { ...photo, rgb, alpha };
}

/** What is not the person's body is surely outside. */
function dropGhosts({ alpha, confidence }: BandSolution, kinds: Uint8Array, body: Uint8Array): void {
  for (let i = 0; i < body.length; i++) {
    if (body[i] === 1) continue;
    kinds[i] = OUTSIDE;
    alpha[i] = 0;
    confidence[i] = 1;
  }
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
