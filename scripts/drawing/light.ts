import { clamp, smoothstep } from "../../src/shared/numeric.js";
import { blur, blurWithin, createField, type Field, mapField, type Rgb, type View } from "./field.js";

/** A soft lamp, far away. Direction points from the head to the lamp. */
export type Lamp = {
  readonly direction: Rgb;
  readonly colour: Rgb;
  /** How far the light wraps round the form: 0 a point, 1 the whole sky. */
  readonly wrap: number;
};

export const KEY: Lamp = { direction: unit([-0.46, -0.5, 0.74]), colour: [1.5, 1.42, 1.33], wrap: 0.24 };
export const FILL: Lamp = { direction: unit([0.72, -0.12, 0.68]), colour: [0.24, 0.27, 0.33], wrap: 0.4 };
export const EDGE: Lamp = { direction: unit([0.9, -0.3, -0.3]), colour: [0.75, 0.6, 0.45], wrap: 0 };
const SKY: Rgb = [0.17, 0.18, 0.205];
const GROUND: Rgb = [0.16, 0.11, 0.085];

/** Three planes of linear light. */
export type Picture = readonly [Field, Field, Field];

export function createPicture(width: number, height: number): Picture {
  return [createField(width, height), createField(width, height), createField(width, height)];
}

export type Normals = { readonly x: Float32Array; readonly y: Float32Array; readonly z: Float32Array };

/** Surface directions of a height field. */
export function normalsOf(height: Field, view: View): Normals {
  const { width, data } = height;
  const n = data.length;
  const normals = { x: new Float32Array(n), y: new Float32Array(n), z: new Float32Array(n).fill(1) };
  const k = view.pixelsPerCm / 2;
  const cliff = 8 / view.pixelsPerCm;
  for (let i = width + 1; i < n - width - 1; i++) {
    const dx = -slopeAt(data, i, 1, cliff) * k;
    const dy = -slopeAt(data, i, width, cliff) * k;
    const length = Math.sqrt(dx * dx + dy * dy + 1);
    normals.x[i] = dx / length;
    normals.y[i] = dy / length;
    normals.z[i] = 1 / length;
  }
  return normals;
}

/** Twice the slope per pixel; where one surface ends before another, only this surface's side counts. */
function slopeAt(data: Float32Array, i: number, step: number, cliff: number): number {
  const before = data[i]! - data[i - step]!;
  const after = data[i + step]! - data[i]!;
  if (Math.abs(before) > cliff && Math.abs(after) < cliff) return 2 * after;
  if (Math.abs(after) > cliff && Math.abs(before) < cliff) return 2 * before;
  return Math.max(-6 * cliff, Math.min(6 * cliff, before + after));
}

/** Crevice darkening from how far the surface lies below its blurred self, at several sizes. */
export function openness(height: Field, mask: Field, view: View): Field {
  const open = createField(height.width, height.height, 1);
  for (const [size, strength] of [
    [0.12, 1.1],
    [0.35, 0.6],
    [0.9, 0.6],
  ] as const) {
    const mean = blurWithin(height, mask, size * view.pixelsPerCm);
    const near = blur(mask, size * view.pixelsPerCm);
    for (let i = 0; i < open.data.length; i++) {
      // beside an outline the mean knows only one side
      const depth = ((mean.data[i]! - height.data[i]!) / size) * smoothstep(0.75, 1, near.data[i]!);
      open.data[i]! *= clamp(1 - strength * Math.max(0, depth), 0.25, 1) * (1 + 0.08 * clamp(-depth, 0, 1));
    }
  }
  return open;
}

/** Soft shadow of the key lamp by marching over the height field; 1 = fully lit. */
export function keyShadow(height: Field, view: View): Field {
  const lit = createField(height.width, height.height, 1);
  const [lx, ly, lz] = KEY.direction;
  const { width, data } = height;
  const step = 2.5;
  for (let row = 0; row < height.height; row++) {
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      if (data[i]! < -100) continue;
      let light = 1;
      for (let k = 2; k < 70; k++) {
        const t = k * step * (1 + k * 0.015);
        const x = Math.round(column + lx * t);
        const y = Math.round(row + ly * t);
        if (x < 0 || y < 0 || x >= width || y >= height.height) break;
        const ray = data[i]! + (lz * t) / view.pixelsPerCm;
        const gap = ray - data[y * width + x]!;
        // the ratio of clearance to distance is what a wide lamp's penumbra depends on
        light = Math.min(light, 0.5 + (gap / (t / view.pixelsPerCm)) * 1.5);
        if (light <= 0) break;
      }
      lit.data[i] = smoothstep(0, 1, clamp(light, 0, 1));
    }
  }
  return blur(lit, 0.09 * view.pixelsPerCm);
}

/** Light that arrives at each point of a matte surface. */
export function irradiance(normals: Normals, open: Field, shadow: Field): Picture {
  const picture = createPicture(open.width, open.height);
  for (let i = 0; i < open.data.length; i++) {
    const nx = normals.x[i]!;
    const ny = normals.y[i]!;
    const nz = normals.z[i]!;
    const key = wrapped(KEY, nx, ny, nz) * shadow.data[i]!;
    const fill = wrapped(FILL, nx, ny, nz);
    const edge = wrapped(EDGE, nx, ny, nz);
    const sky = (1 - ny) / 2;
    for (let c = 0; c < 3; c++) {
      const ambient = SKY[c]! * sky + GROUND[c]! * (1 - sky);
      picture[c]!.data[i] =
        KEY.colour[c]! * key +
        (FILL.colour[c]! * fill + ambient) * open.data[i]! +
        EDGE.colour[c]! * edge * open.data[i]! ** 3;
    }
  }
  return picture;
}

function wrapped(lamp: Lamp, x: number, y: number, z: number): number {
  const cosine = lamp.direction[0] * x + lamp.direction[1] * y + lamp.direction[2] * z;
  const v = Math.max(0, (cosine + lamp.wrap) / (1 + lamp.wrap));
  return lamp.wrap > 0 ? v ** 1.3 : v;
}

/** What one point shines back to the viewer: two lobes of Blinn-Phong with Schlick's Fresnel term. */
export function gloss(x: number, y: number, z: number, sharp: number, soft: number): number {
  let sum = 0;
  for (const lamp of [KEY, FILL, EDGE]) {
    const half = unit([lamp.direction[0], lamp.direction[1], lamp.direction[2] + 1]);
    const cosine = Math.max(0, half[0] * x + half[1] * y + half[2] * z);
    const level = (lamp.colour[0] + lamp.colour[1] + lamp.colour[2]) / 3;
    const facing = lamp.direction[0] * x + lamp.direction[1] * y + lamp.direction[2] * z > -0.05 ? 1 : 0;
    sum += level * facing * (soft * cosine ** 9 + sharp * cosine ** 30);
  }
  const fresnel = 0.55 + 2.2 * (1 - clamp(z, 0, 1)) ** 4;
  return sum * Math.min(1.6, fresnel);
}

/** Spreads light under the skin: red travels furthest (Jimenez et al. 2009, sums of Gaussians). */
export function scatter(light: Picture, mask: Field, view: View): Picture {
  const radii: readonly (readonly [number, number][])[] = [
    [
      [0.03, 0.3],
      [0.11, 0.35],
      [0.32, 0.35],
    ],
    [
      [0.025, 0.5],
      [0.09, 0.35],
      [0.22, 0.15],
    ],
    [
      [0.02, 0.7],
      [0.07, 0.3],
    ],
  ];
  return radii.map((terms, c) => {
    const sum = createField(mask.width, mask.height);
    for (const [size, weight] of terms) {
      const spread = blurWithin(light[c]!, mask, size * view.pixelsPerCm);
      for (let i = 0; i < sum.data.length; i++) sum.data[i]! += weight * spread.data[i]!;
    }
    return mapField(sum, (v) => v);
  }) as unknown as Picture;
}

function unit(v: readonly [number, number, number]): Rgb {
  const length = Math.hypot(...v);
  return [v[0] / length, v[1] / length, v[2] / length];
}
