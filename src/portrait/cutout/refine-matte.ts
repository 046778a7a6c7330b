import type { Photo } from "../../assets/index.js";
import { clamp } from "../../shared/numeric.js";
import { foregroundColours } from "./foreground-colours.js";
import { applyToPhoto, fitToColours } from "./guided-matte.js";
import { findRegions, type HeadPlace, OUTSIDE } from "./person-regions.js";
import { type Planes, reducePlane } from "./planes.js";
import { type BandSolution, solveBand } from "./solve-band.js";
import { findBody, tidyBand } from "./tidy-band.js";

/** Coverages that are stretched to all: what lies beyond is nothing or everything. */
const STRETCH = [0.06, 0.9] as const;
/** Radius of the last fit to the colours, eye distances, and how much detail it leaves out. */
const FIT = { radius: 0.022, smoothing: 1e-4 } as const;

/** What is known before the colours are looked at, on one working lattice. */
export type RoughMatte = {
  /** The photo on the lattice. */
  readonly picture: Planes;
  /** Probability of "person", `[0, 1]`. */
  readonly probability: Float32Array;
  /** 1 where the face surely is. */
  readonly face: Uint8Array;
  readonly head: HeadPlace;
};

/**
 * From a rough matte to fine coverage and the person's own colours at every pixel of the photo. What is transparent in
 * the file joins nothing, but its coverage is left to the caller.
 *
 * `pause` is awaited between the steps.
 */
export async function refineMatte(
  photo: Photo,
  { picture, probability, face, head }: RoughMatte,
  pause: () => Promise<void>,
): Promise<Photo> {
  const { width, height } = picture;
  const unit = head.eyeDistance;
  const regions = findRegions(probability, face, width, height, head);
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
