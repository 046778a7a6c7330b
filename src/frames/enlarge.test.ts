import { describe, expect, it } from "vitest";
import { enlarge } from "./enlarge.js";

/** Grey picture of a function of x and y. */
function picture(width: number, height: number, of: (x: number, y: number) => number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    rgb.fill(Math.round(of(i % width, Math.floor(i / width))), 3 * i, 3 * i + 3);
  }
  return rgb;
}

const all = (width: number, height: number) => ({ left: 0, top: 0, width, height });

describe("enlarging", () => {
  it("changes nothing at the same size", () => {
    const noise = picture(23, 17, (x, y) => (x * 7919 + y * 104_729) % 251);
    expect(Buffer.from(enlarge(noise, 23, all(23, 17), 23, 17)).equals(noise)).toBe(true);
  });

  it.each([1.1, 1.7, 3])("leaves everything in its place, %d times", (scale) => {
    const ramp = picture(60, 40, (x, y) => 20 + 2 * x + 2 * y);
    const [width, height] = [Math.round(60 * scale), Math.round(40 * scale)];
    const large = enlarge(ramp, 60, all(60, 40), width, height);
    for (let y = Math.ceil(4 * scale); y < height - 4 * scale; y += 3) {
      for (let x = Math.ceil(4 * scale); x < width - 4 * scale; x += 3) {
        const truth = 20 + 2 * (((x + 0.5) * 60) / width - 0.5) + 2 * (((y + 0.5) * 40) / height - 0.5);
        expect(Math.abs(large[(y * width + x) * 3]! - truth)).toBeLessThan(0.8);
      }
    }
  });

  it("follows a wave of four pixels and does not ring beside an edge", () => {
    const wave = (x: number) => 128 + 90 * Math.cos((2 * Math.PI * x) / 4.1);
    const large = enlarge(
      picture(80, 8, (x) => wave(x)),
      80,
      all(80, 8),
      200,
      20,
    );
    let error = 0;
    for (let x = 20; x < 180; x++) error += (large[(10 * 200 + x) * 3]! - wave((x + 0.5) / 2.5 - 0.5)) ** 2;
    expect(Math.sqrt(error / 160)).toBeLessThan(0.12 * 64);
    const edge = enlarge(
      picture(40, 8, (x) => (x < 20 ? 60 : 190)),
      40,
      all(40, 8),
      120,
      24,
    );
    expect(Math.min(...edge)).toBeGreaterThanOrEqual(60 - 4);
    expect(Math.max(...edge)).toBeLessThanOrEqual(190 + 4);
  });

  it("takes a part as it lies in the picture", () => {
    const noise = picture(30, 30, (x, y) => (x * 31 + y * 57) % 200);
    const part = picture(10, 12, (x, y) => ((x + 5) * 31 + (y + 9) * 57) % 200);
    const fromPicture = enlarge(noise, 30, { left: 5, top: 9, width: 10, height: 12 }, 25, 30);
    expect(Buffer.from(fromPicture).equals(enlarge(part, 10, all(10, 12), 25, 30))).toBe(true);
  });
});
