import type { Photo } from "../../assets/index.js";
import type { Matte } from "../rig.js";
import { localColours } from "./local-colours.js";
import { interpolation, reducePhoto, reducePlane } from "./planes.js";

/** Longest side of the lattice from which colours are continued, pixels. */
const SIDE = 512;
/** Coverage from which a pixel's colour can be told from the white it was laid on. */
const TELLING = 64;

/** What a cell that is not quite opaque counts for beside one that is, per step of coverage. */
const FAINT = 1e-6;
/** Probability from which a cell passes for the person. */
const MEMBER = 0.3;

/** Whether a file with transparency shows more than a person who was cut out: a background beside at least a third of them. */
export function hasBackground({ data, opaque }: Matte): boolean {
  return opaque !== null && shareBeside(opaque, (i) => data[i]! > 100) > 1 / 3;
}

/**
 * The same by a closer look, on the same lattice as the rig's matte. Asks for more background, because drawn people
 * are not always found whole, and for a person of some size, because some are not found at all.
 */
export function showsBackground({ opaque }: Matte, probability: Float32Array): boolean {
  if (opaque === null) return false;
  const beside = shareBeside(opaque, (i) => probability[i]! > MEMBER);
  return beside > 1 / 2 && beside < 3;
}

/** What is opaque beside the person, over the person. */
function shareBeside(opaque: Uint8Array, isPerson: (i: number) => boolean): number {
  let person = 0;
  let beside = 0;
  for (let i = 0; i < opaque.length; i++) {
    if (isPerson(i)) person++;
    else beside += opaque[i]!;
  }
  return beside / Math.max(1, person);
}

/**
 * The colours that the file itself had before it was laid on white, `(c - 255 (1 - a)) / a`, continued into what is
 * transparent.
 */
export function coloursBeforeWhite(photo: Photo, alpha: Uint8Array): Uint8Array {
  const { width, height, rgb } = photo;
  const picture = reducePhoto(photo, SIDE);
  const seen = reducePlane(alpha, photo, picture).map((a) => (a >= 254.5 ? 1 : a > TELLING ? FAINT * a : 0));
  const isOpaqueNowhere = !seen.some((weight) => weight > 0);
  const around = localColours(picture, seen, 3, 1);
  const columns = interpolation(picture.width, width);
  const rows = interpolation(picture.height, height);
  const result = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    const top = rows.first[y]! * picture.width;
    const bottom = rows.second[y]! * picture.width;
    const fy = rows.share[y]!;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const a = alpha[i]!;
      if (a === 255 || isOpaqueNowhere) {
        for (let k = 0; k < 3; k++) result[3 * i + k] = rgb[3 * i + k]!;
        continue;
      }
      const fx = columns.share[x]!;
      const p = 3 * (top + columns.first[x]!);
      const q = 3 * (top + columns.second[x]!);
      const s = 3 * (bottom + columns.first[x]!);
      const t = 3 * (bottom + columns.second[x]!);
      const trust = Math.min(1, a / TELLING);
      for (let k = 0; k < 3; k++) {
        const upper = around[p + k]! + (around[q + k]! - around[p + k]!) * fx;
        const lower = around[s + k]! + (around[t + k]! - around[s + k]!) * fx;
        const continued = 255 * (upper + (lower - upper) * fy);
        const own = a === 0 ? continued : Math.min(255, Math.max(0, (255 * (rgb[3 * i + k]! - 255 + a)) / a));
        result[3 * i + k] = Math.round(continued + trust * (own - continued));
      }
    }
  }
  return result;
}
