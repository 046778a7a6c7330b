import type { AspectRatio, Resolution } from "../../request/index.js";
import { clamp } from "../../shared/numeric.js";

/** Short edge of each preset, pixels. */
const SHORT_EDGE: Record<Resolution, number> = {
  "360p": 360,
  "480p": 480,
  "540p": 540,
  "720p": 720,
  "1080p": 1080,
};

/** Width over height. */
const RATIO: Record<Exclude<AspectRatio, "auto">, number> = {
  "16:9": 16 / 9,
  "9:16": 9 / 16,
  "1:1": 1,
  "4:5": 4 / 5,
  "5:4": 5 / 4,
};

/**
 * Size of the video in pixels, both even. The short edge is the preset's, e.g. 720 of `720p`.
 *
 * `auto` keeps the photo's ratio as long as the long edge is not longer than that of the preset at 16:9; a photo that is
 * longer than that gives a video of 16:9, or 9:16. So `1080p` of a 4:3 photo is 1440 x 1080, and of a 3:1 panorama
 * 1920 x 1080.
 *
 * @param photoRatio - width over height
 */
export function videoSize(
  resolution: Resolution,
  aspectRatio: AspectRatio,
  photoRatio: number,
): { width: number; height: number } {
  const short = SHORT_EDGE[resolution];
  const ratio = aspectRatio === "auto" ? clamp(photoRatio, RATIO["9:16"], RATIO["16:9"]) : RATIO[aspectRatio];
  return ratio >= 1
    ? { width: even(short * ratio), height: short }
    : { width: short, height: even(short / ratio) };
}

/** The presets, smallest first. */
export const PRESETS = Object.keys(SHORT_EDGE) as Resolution[];

function even(length: number): number {
  return 2 * Math.round(length / 2);
}
