import type { Rig } from "../../portrait/index.js";
import {
  cameraToHead,
  cameraToPhoto,
  headToCamera,
  photoToCamera,
  type Vector3,
} from "../../shared/head-frame.js";
import { clamp, smoothstep } from "../../shared/numeric.js";

/** Depth of the photographed surface at a photo pixel, eye distances in the camera frame. */
export function depthAt(rig: Rig, u: number, v: number): number {
  const { depth } = rig;
  const gx = clamp((u - depth.x0) / depth.step, 0, depth.columns - 1.001);
  const gy = clamp((v - depth.y0) / depth.step, 0, depth.rows - 1.001);
  const x = gx | 0;
  const y = gy | 0;
  const at = y * depth.columns + x;
  const fx = gx - x;
  const fy = gy - y;
  const top = depth.z[at]! + (depth.z[at + 1]! - depth.z[at]!) * fx;
  const bottom =
    depth.z[at + depth.columns]! + (depth.z[at + depth.columns + 1]! - depth.z[at + depth.columns]!) * fx;
  return top + (bottom - top) * fy;
}

/** Head-frame position of the surface seen at a photo pixel. */
export function surfaceAtPhoto(rig: Rig, u: number, v: number): Vector3 {
  return cameraToHead(rig.head, photoToCamera(rig.head, u, v, depthAt(rig, u, v)));
}

/** Where the surface point with head-frame (x, y) lies: its depth and its photo pixel. */
export function surfaceAtHead(
  rig: Rig,
  x: number,
  y: number,
  zGuess: number,
): Vector3 & { u: number; v: number } {
  let z = zGuess;
  for (let k = 0; k < 6; k++) {
    const { u, v } = cameraToPhoto(rig.head, headToCamera(rig.head, { x, y, z }));
    const seen = surfaceAtPhoto(rig, u, v);
    // Along the line of sight x and y move with z; damping keeps turned heads from oscillating.
    z += (seen.z - z) * 0.8;
  }
  const { u, v } = cameraToPhoto(rig.head, headToCamera(rig.head, { x, y, z }));
  return { x, y, z, u, v };
}

/** 1 on the head, fading to 0 down the neck, so that no seam forms between head and shoulders. */
export function headWeight(chinY: number, x: number, y: number): number {
  const start = chinY - 0.12 + 0.25 * smoothstep(0.6, 1.3, Math.abs(x));
  return 1 - smoothstep(start, chinY + 1.15, y);
}

/** 0 on the head, 1 on the chest. */
export function breathWeight(chinY: number, y: number): number {
  return smoothstep(chinY + 0.1, chinY + 1.4, y);
}
