import { clamp } from "../../shared/numeric.js";

/**
 * Reads a measured curve (a lip, a lid) between its samples, which lie evenly from the first to the last of `x`.
 * Beyond the corners it goes on level.
 */
export function curveAt(x: Float32Array, curve: Float32Array): (at: number) => number {
  const last = x.length - 1;
  return (at) => {
    const p = clamp((at - x[0]!) / (x[last]! - x[0]!), 0, 1) * last;
    const k = Math.min(p | 0, last - 1);
    return curve[k]! + (curve[k + 1]! - curve[k]!) * (p - k);
  };
}
