import type { Frame, FrameRenderer } from "../../src/frames/index.js";
import { gradientRenderer } from "./gradient-renderer.js";

/** Coverage of a column of {@link transparentRenderer}: nothing on the left, a slope, all on the right. */
export function coverageAt(x: number, width: number): number {
  return Math.max(0, Math.min(255, Math.round(((x - width * 0.3) / (width * 0.4)) * 255)));
}

/** Gradients whose left is transparent, in planes one behind the other, or each in memory of its own. */
export function transparentRenderer(width: number, height: number, isContiguous = true): FrameRenderer {
  const scene = gradientRenderer(width, height);
  const luma = width * height;
  const frames = Array.from({ length: scene.slots }, (): Frame => {
    const bytes = new Uint8Array(luma * 2.5);
    const plane = (from: number, to: number) =>
      isContiguous ? bytes.subarray(from, to) : new Uint8Array(to - from);
    const frame = {
      ...{ width, height, y: plane(0, luma), u: plane(luma, luma * 1.25) },
      ...{ v: plane(luma * 1.25, luma * 1.5), a: plane(luma * 1.5, luma * 2.5) },
    };
    frame.a.forEach((_, i) => {
      frame.a[i] = coverageAt(i % width, width);
    });
    return frame;
  });
  let drawn = 0;
  return {
    ...scene,
    render(index) {
      const { y, u, v } = scene.render(index);
      const frame = frames[drawn++ % scene.slots]!;
      frame.y.set(y);
      frame.u.set(u);
      frame.v.set(v);
      return frame;
    },
  };
}

/** One grey all over, opaque: nothing may give it a colour. */
export function greyRenderer(width: number, height: number, level: number): FrameRenderer {
  const frame: Frame = {
    ...{ width, height, y: new Uint8Array(width * height).fill(level) },
    u: new Uint8Array((width * height) / 4).fill(128),
    v: new Uint8Array((width * height) / 4).fill(128),
  };
  return { width, height, slots: 4, render: () => frame };
}
