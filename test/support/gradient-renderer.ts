import type { Frame, FrameRenderer } from "../../src/frames/index.js";

/** Draws a moving gradient with a moving bright square: cheap, and every frame is different. */
export function gradientRenderer(width: number, height: number, slots = 4, contiguous = true): FrameRenderer {
  const lumaBytes = width * height;
  const chromaBytes = lumaBytes / 4;
  const frames: Frame[] = Array.from({ length: slots }, () => {
    if (!contiguous) {
      return {
        width,
        height,
        y: new Uint8Array(lumaBytes),
        u: new Uint8Array(chromaBytes),
        v: new Uint8Array(chromaBytes),
      };
    }
    const bytes = new Uint8Array(lumaBytes + 2 * chromaBytes);
    return {
      width,
      height,
      y: bytes.subarray(0, lumaBytes),
      u: bytes.subarray(lumaBytes, lumaBytes + chromaBytes),
      v: bytes.subarray(lumaBytes + chromaBytes),
    };
  });
  let drawn = 0;
  return {
    width,
    height,
    slots,
    render(index) {
      const frame = frames[drawn++ % slots]!;
      for (let row = 0; row < height; row++) {
        frame.y.fill(16 + ((row + index) % 200), row * width, (row + 1) * width);
      }
      const size = Math.min(40, height >> 1);
      const left = (index * 4) % (width - size);
      for (let row = 0; row < size; row++) frame.y.fill(235, row * width + left, row * width + left + size);
      frame.u.fill(100 + (index % 50));
      frame.v.fill(150 - (index % 50));
      return frame;
    },
  };
}
