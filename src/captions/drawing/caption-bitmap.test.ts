import { describe, expect, it } from "vitest";
import type { Frame } from "../../frames/index.js";
import { blendBitmap, toBitmap } from "./caption-bitmap.js";
import type { PagePicture } from "./text-painter.js";

/** Bars of many colours and coverages beside a flat part. */
function picture(width: number, height: number): PagePicture {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    data.set(
      x < width / 2 ? [20, 30, 40, 120] : [(x * 37) % 256, (x * 91) % 256, (i * 13) % 256, (x * 53) % 256],
      4 * i,
    );
  }
  return { width, height, data, baseX: width / 2, baseY: height };
}

function frame(width: number, height: number, cover?: number): Frame {
  const plane = (size: number, seed: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, i) => 16 + ((i * 7 + seed) % 200));
  const planes = {
    y: plane(width * height, 1),
    u: plane((width * height) / 4, 2),
    v: plane((width * height) / 4, 3),
  };
  return {
    width,
    height,
    ...planes,
    ...(cover === undefined ? {} : { a: new Uint8Array(width * height).fill(cover) }),
  };
}

describe("a caption over a frame", () => {
  // 214: rows of chroma do not begin on whole words.
  it.each([208, 214])("is what its transparency says, in a frame of %i columns", (width) => {
    const before = frame(width, 60);
    const after = frame(width, 60);
    const drawn = picture(90, 20);
    blendBitmap(after, toBitmap(drawn, width / 2, 50, after));
    for (let y = 0; y < 60; y++) {
      for (let x = 0; x < width; x++) {
        const [dx, dy] = [x - Math.round(width / 2 - 45), y - 30];
        const isInside = dx >= 0 && dx < 90 && dy >= 0 && dy < 20;
        const [r = 0, g = 0, b = 0, a = 0] = isInside ? drawn.data.subarray(4 * (dy * 90 + dx)) : [];
        const luma = 16 + ((0.2126 * r + 0.7152 * g + 0.0722 * b) * 219) / 255;
        const at = y * width + x;
        const wanted = (luma * a + before.y[at]! * (255 - a)) / 255;
        expect(Math.abs(after.y[at]! - wanted)).toBeLessThan(1.6);
      }
    }
    const changed = after.u.filter((value, i) => value !== before.u[i]).length;
    expect(changed).toBeGreaterThan(300);
  });

  it("is cut off at the frame's edges", () => {
    const small = frame(64, 16);
    expect(() => blendBitmap(small, toBitmap(picture(90, 20), 32, 22, small))).not.toThrow();
    const outside = frame(64, 16);
    blendBitmap(outside, toBitmap(picture(90, 20), 32, 200, outside));
    expect(outside).toEqual(frame(64, 16));
  });

  it("is as opaque over nothing as it is itself, and leaves what is opaque opaque", () => {
    const clear = frame(208, 60, 0);
    blendBitmap(clear, toBitmap(picture(90, 20), 104, 50, clear));
    const at = 40 * 208 + 70;
    expect(clear.a![at]).toBeCloseTo(120, -0.5);
    expect(clear.y[at]).toBeCloseTo(16 + ((0.2126 * 20 + 0.7152 * 30 + 0.0722 * 40) * 219) / 255, -0.5);
    const full = frame(208, 60, 255);
    const plain = frame(208, 60);
    blendBitmap(full, toBitmap(picture(90, 20), 104, 50, full));
    blendBitmap(plain, toBitmap(picture(90, 20), 104, 50, plain));
    expect(full.a!.every((value) => value === 255)).toBe(true);
    const difference = full.y.map((value, i) => Math.abs(value - plain.y[i]!));
    expect(Math.max(...difference)).toBeLessThanOrEqual(1);
  });
});
