import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { distanceTo } from "./planes.js";

/** Probability from which a place belongs to the person's own shape, and that of what surely does or does not. */
const MEMBER = 0.5;
const SURE = 0.9;
/** How far from the shape a faint place may still be part of the person, eye distances. */
const REACH = 0.35;
/** Holes in the shape that are smaller than a square of this side are none, eye distances. */
const HOLE = 0.5;

/** How far inside and outside the outline nothing is sure, eye distances: at hair, and at clothes. */
const HAIR_BAND = { inner: 0.14, outer: 0.32 } as const;
const CLOTHES_BAND = { inner: 0.06, outer: 0.09 } as const;
/** No band is narrower, cells. */
const LEAST_BAND = 2;

/** Half the range of probabilities around one half that is stretched to all coverages: at hair, and at clothes. */
const STRETCH = { hair: 0.25, clothes: 0.1 } as const;
/** Doubt about the expected coverage at the outline of hair and of clothes, and at the far ends of the band. */
const DOUBT = { hair: 0.34, clothes: 0.22, far: 0.15 } as const;

/** What is known of each cell of the working lattice. */
export const OUTSIDE = 0;
export const BAND = 1;
export const PERSON = 2;

/** The person's rough shape on the working lattice. */
export type PersonRegions = {
  /** {@link OUTSIDE}, {@link BAND} or {@link PERSON}. */
  readonly kinds: Uint8Array;
  /** Coverage to expect in the band, `[0, 1]`, from the shape alone. */
  readonly expected: Float32Array;
  /** How far from that coverage the colours may lead (a standard deviation). */
  readonly doubt: Float32Array;
  /** How far each cell lies outside the shape, cells; 0 inside. */
  readonly away: Float32Array;
  /** How far each cell lies inside the shape, cells; 0 outside. */
  readonly depth: Float32Array;
};

/** Where the head is on the working lattice; lengths in cells. */
export type HeadPlace = {
  /** Between the eyes' centres. */
  readonly eyeDistance: number;
  readonly chinY: number;
};

/**
 * Splits the picture into person, outside and the band between: what hangs together with the face, without its small
 * holes; ghosts away from it are outside. The band is wide around the head and long hair, narrow along clothes.
 *
 * @param probability - of "person", on a lattice of `width * height`
 * @param face - 1 where the face surely is
 */
export function findRegions(
  probability: Float32Array,
  face: Uint8Array,
  width: number,
  height: number,
  head: HeadPlace,
): PersonRegions {
  const unit = head.eyeDistance;
  const shape = shapeAround(face, probability, width, height);
  fillHoles(shape, width, height, (HOLE * unit) ** 2);
  const outside = distanceTo((i) => shape[i] === 1, width, height);
  const inside = distanceTo((i) => shape[i] === 0, width, height);
  const kinds = new Uint8Array(shape.length);
  const expected = new Float32Array(shape.length);
  const doubt = new Float32Array(shape.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const below = (y - head.chinY) / unit;
      const hairiness = 1 - smoothstep(0.6, 1.6, below);
      const inner = Math.max(
        LEAST_BAND,
        unit * (CLOTHES_BAND.inner + (HAIR_BAND.inner - CLOTHES_BAND.inner) * hairiness),
      );
      const outer = Math.max(
        LEAST_BAND,
        unit * (CLOTHES_BAND.outer + (HAIR_BAND.outer - CLOTHES_BAND.outer) * hairiness),
      );
      const p = probability[i]!;
      const isMember = shape[i] === 1;
      if (face[i] === 1 || (isMember && inside[i]! > inner)) kinds[i] = PERSON;
      else if (!isMember && outside[i]! > outer && (p < 1 - SURE || outside[i]! > REACH * unit))
        kinds[i] = OUTSIDE;
      else kinds[i] = BAND;
      if (kinds[i] !== BAND) continue;
      const range = lerp(STRETCH.clothes, STRETCH.hair, hairiness);
      expected[i] = clamp((p - MEMBER + range) / (2 * range), 0, 1);
      const depth = isMember ? inside[i]! / inner : outside[i]! / outer;
      const most = DOUBT.clothes + (DOUBT.hair - DOUBT.clothes) * hairiness;
      doubt[i] = most + (DOUBT.far - most) * smoothstep(0.15, 1, depth);
    }
  }
  return { kinds, expected, doubt, away: outside, depth: inside };
}

/** 1 for the face and the probable person that touches it. */
function shapeAround(face: Uint8Array, probability: Float32Array, width: number, height: number): Uint8Array {
  const shape = face.slice();
  const queue = new Int32Array(shape.length);
  let end = 0;
  for (let i = 0; i < shape.length; i++) if (shape[i] === 1) queue[end++] = i;
  const join = (j: number): void => {
    if (shape[j] === 1 || probability[j]! < MEMBER) return;
    shape[j] = 1;
    queue[end++] = j;
  };
  for (let next = 0; next < end; next++) {
    const i = queue[next]!;
    const x = i % width;
    if (x > 0) join(i - 1);
    if (x + 1 < width) join(i + 1);
    if (i >= width) join(i - width);
    if (i + width < width * height) join(i + width);
  }
  return shape;
}

/** Fills what the shape encloses where that is smaller than `area` cells. */
function fillHoles(shape: Uint8Array, width: number, height: number, area: number): void {
  const seen = new Uint8Array(shape.length);
  const queue = new Int32Array(shape.length);
  for (let start = 0; start < shape.length; start++) {
    if (shape[start] === 1 || seen[start] === 1) continue;
    let end = 0;
    let atBorder = false;
    queue[end++] = start;
    seen[start] = 1;
    for (let next = 0; next < end; next++) {
      const i = queue[next]!;
      const x = i % width;
      const y = (i - x) / width;
      atBorder ||= x === 0 || y === 0 || x + 1 === width || y + 1 === height;
      for (const j of [
        x > 0 ? i - 1 : i,
        x + 1 < width ? i + 1 : i,
        y > 0 ? i - width : i,
        y + 1 < height ? i + width : i,
      ]) {
        if (shape[j] === 1 || seen[j] === 1) continue;
        seen[j] = 1;
        queue[end++] = j;
      }
    }
    if (!atBorder && end < area) for (let k = 0; k < end; k++) shape[queue[k]!] = 1;
  }
}
