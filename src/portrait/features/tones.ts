import type { Photo } from "../../assets/index.js";
import { clamp } from "../../shared/numeric.js";
import type { Eye, Rgb, Tones } from "../rig.js";
import { percentile } from "./curves.js";
import { type FaceGeometry, headToPhoto, landmarkInPhoto } from "./face-geometry.js";
import { colorAt, type FaceView, luminance, onView, saturationOf } from "./face-view.js";
import {
  CHEEKS,
  LOWER_INNER_LIP,
  LOWER_OUTER_LIP,
  UPPER_INNER_LIP,
  UPPER_OUTER_LIP,
} from "./mesh-indices.js";

/** Saturation of skin and lips in a usual colour photo. */
const USUAL_SATURATION = 0.25;
/** Side of the square in which grain is measured, at most, photo pixels. */
const GRAIN_SIDE = 96;

/** Cheek colours, picture's left and right. */
export function measureCheeks(view: FaceView, face: FaceGeometry): [Rgb, Rgb] {
  const left = patchColor(view, face, CHEEKS[0]);
  const right = patchColor(view, face, CHEEKS[1]);
  const fallback: Rgb = [190, 150, 130];
  return [left ?? right ?? fallback, right ?? left ?? fallback];
}

/** Mean of the middle brightnesses (no glint, no hair, no rim) of a disc; null when it lies off the picture. */
function patchColor(view: FaceView, face: FaceGeometry, points: readonly number[]): Rgb | null {
  const spots = points.map((p) => landmarkInPhoto(face, p));
  const u = spots.reduce((sum, s) => sum + s.u, 0) / spots.length;
  const v = spots.reduce((sum, s) => sum + s.v, 0) / spots.length;
  const radius = 0.13 * face.head.eyeDistance;
  const colors: Rgb[] = [];
  for (let j = -6; j <= 6; j++) {
    for (let i = -6; i <= 6; i++) {
      const x = u + (i / 6) * radius;
      const y = v + (j / 6) * radius;
      if (i * i + j * j <= 36 && onView(view, x, y)) colors.push(colorAt(view, x, y));
    }
  }
  return colors.length < 12 ? null : meanBetween(colors, 0.35, 0.85);
}

/** Colour of the lips between their inner and outer borders, both lips, without the corners. */
export function measureLipColor(view: FaceView, face: FaceGeometry): Rgb {
  const colors: Rgb[] = [];
  const pairs = [
    [UPPER_OUTER_LIP, UPPER_INNER_LIP],
    [LOWER_INNER_LIP, LOWER_OUTER_LIP],
  ] as const;
  for (const [above, below] of pairs) {
    for (let k = 3; k <= 7; k++) {
      const a = landmarkInPhoto(face, above[k]!);
      const b = landmarkInPhoto(face, below[k]!);
      for (const t of [0.3, 0.5, 0.7]) {
        const u = a.u + (b.u - a.u) * t;
        const v = a.v + (b.v - a.v) * t;
        if (onView(view, u, v)) colors.push(colorAt(view, u, v));
      }
    }
  }
  return colors.length === 0 ? [170, 100, 95] : meanBetween(colors, 0.25, 0.75);
}

/** White of the eyes; when too little shows, an off-white after the cheeks. */
export function measureSclera(view: FaceView, face: FaceGeometry, eyes: readonly Eye[], cheek: Rgb): Rgb {
  const colors: Rgb[] = [];
  for (const eye of eyes) {
    const last = eye.x.length - 1;
    for (let i = Math.ceil(last * 0.12); i <= last * 0.88; i++) {
      const top = eye.upperLid[i]!;
      const span = eye.lowerLid[i]! - top;
      if (span < 0.02) continue;
      for (let j = 2; j <= 8; j++) {
        const y = top + (span * j) / 10;
        const dx = eye.x[i]! - eye.iris.x;
        const dy = y - eye.iris.y;
        const clear = 1.1 * eye.iris.radius;
        if (dx * dx + dy * dy < clear * clear) continue;
        const at = headToPhoto(face, eye.x[i]!, y, eye.z[i]!);
        if (onView(view, at.u, at.v)) colors.push(colorAt(view, at.u, at.v));
      }
    }
  }
  if (colors.length >= 24) return meanBetween(colors, 0.8, 0.96);
  const luma = clamp(1.05 * luminance(...cheek), 20, 235);
  return [luma, luma * 0.98, luma * 0.95];
}

/** Puts the colours together and adds saturation and grain of the picture. */
export function measureTones(
  photo: Photo,
  face: FaceGeometry,
  colors: Pick<Tones, "cheekLeft" | "cheekRight" | "lip" | "sclera" | "tooth">,
): Tones {
  const skin = [saturationOf(colors.cheekLeft), saturationOf(colors.cheekRight), saturationOf(colors.lip)];
  const saturation = clamp(Math.max(...skin) / USUAL_SATURATION, 0, 1);
  const grains = CHEEKS.map((points) => grainAround(photo, face, points)).filter((g) => g !== null);
  return { ...colors, saturation, grain: grains.length === 0 ? 0 : Math.min(...grains) };
}

/**
 * Noise of the photo's own pixels on a cheek (Immerkaer 1996, with a median instead of the mean so that
 * hairs and pores do not count); null when the cheek lies off the picture.
 */
function grainAround(photo: Photo, face: FaceGeometry, points: readonly number[]): number | null {
  const at = landmarkInPhoto(face, points[0]!);
  const half = Math.floor(clamp(0.14 * face.head.eyeDistance, 2, GRAIN_SIDE / 2));
  const x0 = Math.max(1, Math.round(at.u) - half);
  const x1 = Math.min(photo.width - 2, Math.round(at.u) + half);
  const y0 = Math.max(1, Math.round(at.v) - half);
  const y1 = Math.min(photo.height - 2, Math.round(at.v) + half);
  const luma = (x: number, y: number): number => {
    const i = (y * photo.width + x) * 3;
    return luminance(photo.rgb[i]!, photo.rgb[i + 1]!, photo.rgb[i + 2]!);
  };
  const residuals: number[] = [];
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const cross = luma(x - 1, y) + luma(x + 1, y) + luma(x, y - 1) + luma(x, y + 1);
      const diagonal = luma(x - 1, y - 1) + luma(x + 1, y - 1) + luma(x - 1, y + 1) + luma(x + 1, y + 1);
      residuals.push(Math.abs(4 * luma(x, y) - 2 * cross + diagonal));
    }
  }
  if (residuals.length < 16) return null;
  // The mask multiplies white noise by 6; .6745 turns the median deviation into a standard deviation.
  return percentile(residuals, 0.5) / (6 * 0.6745);
}

/** Mean colour of those between two brightness percentiles. */
function meanBetween(colors: readonly Rgb[], low: number, high: number): Rgb {
  const sorted = colors.map((color) => ({ color, luma: luminance(...color) }));
  sorted.sort((a, b) => a.luma - b.luma);
  const from = Math.min(Math.floor(sorted.length * low), sorted.length - 1);
  const part = sorted.slice(from, Math.max(from + 1, Math.ceil(sorted.length * high)));
  const mean = (c: 0 | 1 | 2): number => part.reduce((sum, s) => sum + s.color[c], 0) / part.length;
  return [mean(0), mean(1), mean(2)];
}
