import type { Photo } from "../assets/index.js";
import { clamp, lerp, smoothstep } from "../shared/numeric.js";
import { MESH_POINTS } from "./canonical-face.js";
import { FACE_OVAL } from "./landmark-sets.js";
import { type PersonSegmenter, SEGMENT_SIZE } from "./person-segmenter.js";
import type { Region, RegionSampler } from "./region-sampler.js";
import type { Matte } from "./rig.js";

/** Longest side of the matte, pixels. */
const MATTE_SIDE = 512;
/** Side of the closer look, in heights of the face. */
const CLOSE_LOOK = 3.2;
/** Probability from which a pixel joins the person, and the range that is stretched to all coverages. */
const JOINING = 0.35;
const STRETCH = [0.15, 0.85] as const;

type Look = { readonly region: Region; readonly mask: Float32Array };

/**
 * Coverage of the person in the photo: one look at everything, one around the head, joined with a soft edge.
 * Only what hangs together with the face is kept, and the face itself always.
 *
 * `pause` is awaited after every inference.
 */
export async function makeMatte(
  photo: Photo,
  landmarks: Float32Array,
  segmenter: PersonSegmenter,
  sampler: RegionSampler,
  pause: () => Promise<void>,
): Promise<Matte> {
  const looks: Look[] = [];
  for (const region of lookRegions(photo, landmarks)) {
    looks.push({ region, mask: segmenter.segment(sampler, region) });
    await pause();
  }
  const scale = Math.min(1, MATTE_SIDE / Math.max(photo.width, photo.height));
  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const coverage = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = ((y + 0.5) / height) * photo.height;
    for (let x = 0; x < width; x++) {
      coverage[y * width + x] = joinLooks(looks, ((x + 0.5) / width) * photo.width, v);
    }
  }
  const outline = outlineOf(landmarks, width / photo.width, height / photo.height);
  const isGuess = supplyOutline(coverage, width, height, outline);
  const face = fillFace(photo, landmarks, width, height);
  const person = growFrom(face, coverage, width, height);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const value =
      face[i] === 1
        ? 1
        : person[i] === 1
          ? clamp((coverage[i]! - STRETCH[0]) / (STRETCH[1] - STRETCH[0]), 0, 1)
          : 0;
    data[i] = Math.round(value * 255);
  }
  const opaque = limitToOpaque(data, width, height, photo);
  return { width, height, data, isGuess, opaque };
}

/** Where head and shoulders of a person with this face must roughly be, matte pixels. */
type Outline = {
  /** Centre and radii of the head with its hair. */
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
};

/** Radii of head and hair over those of the face, and half the width of the shoulders over that of the face. */
const HEAD_SIZE = { across: 1.3, along: 1.35 } as const;
const SHOULDERS = 2.4;
/** Below this mean probability of the outline the segmenter has not understood the picture. */
const MISUNDERSTOOD = 0.35;

function outlineOf(landmarks: Float32Array, scaleX: number, scaleY: number): Outline {
  const box = faceBox(landmarks);
  return {
    x: ((box.minX + box.maxX) / 2) * scaleX,
    y: (box.minY * 0.6 + box.maxY * 0.4) * scaleY,
    radiusX: ((box.maxX - box.minX) / 2) * HEAD_SIZE.across * scaleX,
    radiusY: ((box.maxY - box.minY) / 2) * HEAD_SIZE.along * scaleY,
  };
}

/**
 * Paintings and drawings can leave the segmenter with nothing but bits of the face. Then a soft outline of head
 * and shoulders takes the place of what it should have found. Returns whether that was necessary.
 */
function supplyOutline(coverage: Float32Array, width: number, height: number, outline: Outline): boolean {
  const expected = new Float32Array(coverage.length);
  let found = 0;
  let total = 0;
  for (let y = 0; y < height; y++) {
    const dy = (y + 0.5 - outline.y) / outline.radiusY;
    for (let x = 0; x < width; x++) {
      const dx = (x + 0.5 - outline.x) / outline.radiusX;
      const head = 1 - smoothstep(0.85, 1.1, Math.sqrt(dx * dx + dy * dy));
      // Shoulders widen from the neck below the chin.
      const reach = lerp(0.55, SHOULDERS, smoothstep(0.8, 2.2, dy));
      const body = dy > 0.6 ? 1 - smoothstep(reach * 0.85, reach * 1.1, Math.abs(dx)) : 0;
      const i = y * width + x;
      expected[i] = Math.max(head, body);
      found += expected[i]! * coverage[i]!;
      total += expected[i]!;
    }
  }
  if (found >= MISUNDERSTOOD * total) return false;
  for (let i = 0; i < coverage.length; i++) coverage[i] = Math.max(coverage[i]!, expected[i]!);
  return true;
}

/** The whole photo, and a square around the head that does not leave the photo more than it must. */
function lookRegions(photo: Photo, landmarks: Float32Array): Region[] {
  const { minX, maxX, minY, maxY } = faceBox(landmarks);
  const whole: Region = {
    centerX: photo.width / 2,
    centerY: photo.height / 2,
    size: Math.max(photo.width, photo.height),
    angle: 0,
  };
  const size = Math.max(maxX - minX, maxY - minY) * CLOSE_LOOK;
  // A closer look that shows nearly the same is not worth its time.
  if (size > 0.8 * whole.size) return [whole];
  const place = (center: number, length: number): number =>
    length <= size ? length / 2 : clamp(center, size / 2, length - size / 2);
  return [
    whole,
    {
      centerX: place((minX + maxX) / 2, photo.width),
      centerY: place((minY + maxY) / 2, photo.height),
      size,
      angle: 0,
    },
  ];
}

/** Bounds of the face oval, photo pixels. */
export function faceBox(landmarks: Float32Array): { minX: number; maxX: number; minY: number; maxY: number } {
  const x = FACE_OVAL.map((id) => landmarks[3 * id]!);
  const y = FACE_OVAL.map((id) => landmarks[3 * id + 1]!);
  return { minX: Math.min(...x), maxX: Math.max(...x), minY: Math.min(...y), maxY: Math.max(...y) };
}

/** Probability at a photo position: the closer look counts inside its square, less towards its border. */
function joinLooks(looks: readonly Look[], u: number, v: number): number {
  let value = 0;
  for (let i = 0; i < looks.length; i++) {
    const { region, mask } = looks[i]!;
    const x = (u - region.centerX) / region.size + 0.5;
    const y = (v - region.centerY) / region.size + 0.5;
    if (i === 0) value = readMask(mask, x, y);
    else if (x > 0 && y > 0 && x < 1 && y < 1) {
      const toBorder = Math.min(x, y, 1 - x, 1 - y);
      value = lerp(value, readMask(mask, x, y), smoothstep(0.02, 0.15, toBorder));
    }
  }
  return value;
}

/** Probability at a place given in shares of the segmented square; clamped to it. */
export function readMask(mask: Float32Array, x: number, y: number): number {
  const last = SEGMENT_SIZE - 1;
  const u = clamp(x * SEGMENT_SIZE - 0.5, 0, last);
  const v = clamp(y * SEGMENT_SIZE - 0.5, 0, last);
  const x0 = Math.floor(u);
  const y0 = Math.floor(v);
  const x1 = Math.min(x0 + 1, last);
  const y1 = Math.min(y0 + 1, last);
  const upper = lerp(mask[y0 * SEGMENT_SIZE + x0]!, mask[y0 * SEGMENT_SIZE + x1]!, u - x0);
  const lower = lerp(mask[y1 * SEGMENT_SIZE + x0]!, mask[y1 * SEGMENT_SIZE + x1]!, u - x0);
  return lerp(upper, lower, v - y0);
}

/** 1 inside the convex hull of the landmarks (even-odd rule on pixel centres), on a lattice stretched over the photo. */
export function fillFace(photo: Photo, landmarks: Float32Array, width: number, height: number): Uint8Array {
  const points = convexHull(
    Array.from({ length: MESH_POINTS }, (_, id) => ({
      x: (landmarks[3 * id]! / photo.width) * width,
      y: (landmarks[3 * id + 1]! / photo.height) * height,
    })),
  );
  const inside = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const crossings: number[] = [];
    points.forEach((a, i) => {
      const b = points[(i + 1) % points.length]!;
      if (a.y <= y + 0.5 === b.y <= y + 0.5) return;
      crossings.push(a.x + ((y + 0.5 - a.y) / (b.y - a.y)) * (b.x - a.x));
    });
    crossings.sort((a, b) => a - b);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const from = Math.max(0, Math.ceil(crossings[k]! - 0.5));
      const to = Math.min(width - 1, Math.floor(crossings[k + 1]! - 0.5));
      if (from <= to) inside.fill(1, y * width + from, y * width + to + 1);
    }
  }
  return inside;
}

type Point = { readonly x: number; readonly y: number };

/** Andrew's monotone chain. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const chain = (ordered: readonly Point[]): Point[] => {
    const hull: Point[] = [];
    for (const p of ordered) {
      while (hull.length >= 2) {
        const a = hull.at(-2)!;
        const b = hull.at(-1)!;
        if ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0) break;
        hull.pop();
      }
      hull.push(p);
    }
    return hull.slice(0, -1);
  };
  return [...chain(sorted), ...chain(sorted.reverse())];
}

/** 1 for the face, what is probably person and touches it, and the soft rim around that. */
function growFrom(seeds: Uint8Array, coverage: Float32Array, width: number, height: number): Uint8Array {
  const person = seeds.slice();
  const queue = new Int32Array(width * height);
  let end = 0;
  for (let i = 0; i < seeds.length; i++) if (seeds[i] === 1) queue[end++] = i;
  const offsets = [-1, 1, -width, width];
  for (let next = 0; next < end; next++) {
    const i = queue[next]!;
    const x = i % width;
    // The rim falls off: from a pixel that does not join, only fainter ones are reached.
    const limit = coverage[i]! >= JOINING || seeds[i] === 1 ? Number.POSITIVE_INFINITY : coverage[i]!;
    for (let side = 0; side < 4; side++) {
      if ((side === 0 && x === 0) || (side === 1 && x === width - 1)) continue;
      const j = i + offsets[side]!;
      if (j < 0 || j >= person.length || person[j] === 1) continue;
      if (coverage[j]! < STRETCH[0] || coverage[j]! >= limit) continue;
      person[j] = 1;
      queue[end++] = j;
    }
  }
  return person;
}

/** Where the file is transparent there is no person. Returns where it is not; null for a file without transparency. */
function limitToOpaque(data: Uint8Array, width: number, height: number, photo: Photo): Uint8Array | null {
  if (photo.alpha === null) return null;
  const opaque = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const v = Math.min(photo.height - 1, Math.floor(((y + 0.5) / height) * photo.height));
    for (let x = 0; x < width; x++) {
      const u = Math.min(photo.width - 1, Math.floor(((x + 0.5) / width) * photo.width));
      const alpha = photo.alpha[v * photo.width + u]!;
      data[y * width + x] = Math.min(data[y * width + x]!, alpha);
      opaque[y * width + x] = alpha > 250 ? 1 : 0;
    }
  }
  return opaque;
}
