import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawFace } from "../../../test/support/drawn-face.js";
import { LID_SAMPLES, LIP_SAMPLES } from "../rig.js";
import { type FaceFeatures, measureFace } from "./measure-face.js";

/** Every number of the result is finite, curves run from left to right, and nothing crosses. */
function expectSound(features: FaceFeatures): void {
  const { mouth, eyes, depth, tones, glasses } = features;
  expect(depth.z.every((z) => Number.isFinite(z) && z > -1.3 && z < 0.81)).toBe(true);
  expect(mouth.x.length).toBe(LIP_SAMPLES);
  for (let i = 0; i < LIP_SAMPLES; i++) {
    if (i > 0) expect(mouth.x[i]).toBeGreaterThan(mouth.x[i - 1]!);
    expect(Number.isFinite(mouth.z[i])).toBe(true);
    expect(mouth.upperOuter[i]).toBeLessThanOrEqual(mouth.upperInner[i]!);
    expect(mouth.upperInner[i]).toBeLessThanOrEqual(mouth.lowerInner[i]!);
    expect(mouth.lowerInner[i]).toBeLessThanOrEqual(mouth.lowerOuter[i]!);
    if (mouth.toothEdge === null) continue;
    expect(mouth.toothEdge[i]).toBeGreaterThanOrEqual(mouth.upperInner[i]!);
    expect(mouth.toothEdge[i]).toBeLessThanOrEqual(mouth.lowerInner[i]!);
  }
  expect(mouth.smile).toBeGreaterThanOrEqual(0);
  expect(mouth.smile).toBeLessThanOrEqual(1);
  expect(eyes[0].center.x).toBeLessThanOrEqual(eyes[1].center.x);
  for (const eye of eyes) {
    expect(eye.x.length).toBe(LID_SAMPLES);
    for (let i = 0; i < LID_SAMPLES; i++) {
      if (i > 0) expect(eye.x[i]).toBeGreaterThan(eye.x[i - 1]!);
      expect(Number.isFinite(eye.z[i])).toBe(true);
      expect(eye.upperLid[i]).toBeLessThanOrEqual(eye.lowerLid[i]!);
    }
    expect(eye.iris.radius).toBeGreaterThan(0);
    expect(Number.isFinite(eye.iris.x + eye.iris.y + eye.browY + eye.opening)).toBe(true);
  }
  const { cheekLeft, cheekRight, lip, sclera, tooth, saturation, grain } = tones;
  for (const color of [cheekLeft, cheekRight, lip, sclera, tooth ?? [0, 0, 0]]) {
    for (const value of color) expect(value >= 0 && value <= 255).toBe(true);
  }
  expect(saturation >= 0 && saturation <= 1 && grain >= 0).toBe(true);
  if (glasses !== null) expect(glasses.data.length).toBe(glasses.width * glasses.height);
}

describe("measureFace", () => {
  it("finds lids, irises and brows of a drawn face", () => {
    const drawn = drawFace({ roll: 0.2 });
    const { eyes } = measureFace(drawn.photo, drawn.landmarks, drawn.head);
    eyes.forEach((eye, k) => {
      expect(eye.center.x).toBeCloseTo(k === 0 ? -0.5 : 0.5, 1);
      expect(eye.opening).toBeGreaterThan(0.13);
      expect(eye.opening).toBeLessThan(0.16);
      expect(eye.iris.radius).toBeCloseTo(0.085, 2);
      expect(eye.browY).toBeCloseTo(-0.3, 1);
    });
  });

  it("measures the colours that were drawn", () => {
    const drawn = drawFace({ gap: 0.22, teeth: 0.11 });
    const { tones } = measureFace(drawn.photo, drawn.landmarks, drawn.head);
    const near = (color: readonly number[] | null, truth: readonly number[]): void => {
      truth.forEach((value, k) => {
        expect(Math.abs((color?.[k] ?? -99) - value)).toBeLessThan(8);
      });
    };
    near(tones.cheekLeft, [205, 160, 140]);
    near(tones.cheekRight, [205, 160, 140]);
    near(tones.lip, [176, 92, 90]);
    near(tones.sclera, [236, 232, 226]);
    near(tones.tooth, [228, 222, 206]);
    expect(tones.saturation).toBeGreaterThan(0.8);
  });

  it("tells black and white from colour, and measures the grain", () => {
    const plain = drawFace({ blackAndWhite: true });
    expect(measureFace(plain.photo, plain.landmarks, plain.head).tones.saturation).toBe(0);
    for (const grain of [2, 6]) {
      const noisy = drawFace({ grain, blackAndWhite: true });
      const measured = measureFace(noisy.photo, noisy.landmarks, noisy.head).tones.grain;
      expect(Math.abs(measured - grain)).toBeLessThan(0.15 * grain);
    }
  });

  it("masks dark spectacle frames, and only those", () => {
    const without = drawFace();
    expect(measureFace(without.photo, without.landmarks, without.head).glasses).toBeNull();
    for (const size of [1, 3]) {
      const drawn = drawFace({
        glasses: true,
        width: 420 * size,
        height: 480 * size,
        eyeDistance: 110 * size,
      });
      const { glasses } = measureFace(drawn.photo, drawn.landmarks, drawn.head);
      if (glasses === null) throw new Error("the frame was not found");
      const covered = (x: number, y: number): number => {
        const u = Math.floor(drawn.head.originX + x * drawn.head.eyeDistance) - glasses.x;
        const v = Math.floor(drawn.head.originY + y * drawn.head.eyeDistance) - glasses.y;
        return u < 0 || v < 0 || u >= glasses.width || v >= glasses.height
          ? 0
          : glasses.data[v * glasses.width + u]!;
      };
      for (const [x, y] of [
        [0, 0],
        [0.5, -0.345],
        [-0.5, 0.345],
        [0.845, 0],
      ] as const) {
        expect(covered(x, y)).toBe(255);
      }
      for (const [x, y] of [
        [0.5, 0],
        [-0.5, 0.2],
        [0, 0.4],
        [0.5, 0.6],
      ] as const) {
        expect(covered(x, y)).toBe(0);
      }
    }
  });

  it("gives the same result for the same photo", () => {
    const drawn = drawFace({ gap: 0.2, teeth: 0.1, glasses: true, grain: 4 });
    expect(measureFace(drawn.photo, drawn.landmarks, drawn.head)).toEqual(
      measureFace(drawn.photo, drawn.landmarks.slice(), drawn.head),
    );
  });

  it("stays finite and ordered when landmarks jitter, whatever the pose and the picture", () => {
    const drawn = drawFace({ width: 160, height: 190, eyeDistance: 42, gap: 0.1, teeth: 0.05 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (seed, size, yaw) => {
          const landmarks = drawn.landmarks.map((value, i) => {
            const noise = ((Math.imul(seed + i, 2654435761) >>> 0) / 4294967296 - 0.5) * size;
            return value + noise;
          });
          const c = Math.sqrt(1 - yaw * yaw * 0.5);
          const s = yaw * Math.SQRT1_2;
          const rotation = [c, 0, s, 0, 1, 0, -s, 0, c];
          expectSound(measureFace(drawn.photo, landmarks, { ...drawn.head, rotation }));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("survives landmarks off the picture, missing, infinite or all alike, and a useless head frame", () => {
    const drawn = drawFace({ width: 120, height: 140, eyeDistance: 32 });
    const photo = drawn.photo;
    const odd: Float32Array[] = [
      drawn.landmarks.map((v) => v + 5000),
      drawn.landmarks.map((v) => v * 100),
      drawn.landmarks.map((v) => v * 0.01),
      drawn.landmarks.map((v, i) => (i % 7 === 0 ? Number.NaN : v)),
      drawn.landmarks.map((v, i) => (i % 5 === 0 ? Number.POSITIVE_INFINITY : v)),
      drawn.landmarks.map((v, i) => (i % 3 === 0 ? -v : v)),
      new Float32Array(478 * 3),
      new Float32Array(0),
      new Float32Array(478 * 3).fill(Number.NaN),
    ];
    const heads = [
      drawn.head,
      { originX: Number.NaN, originY: 0, eyeDistance: 0, rotation: [], cameraDistance: 0 },
      { ...drawn.head, eyeDistance: 1e9, originX: -1e12 },
    ];
    for (const landmarks of odd) for (const head of heads) expectSound(measureFace(photo, landmarks, head));
    const dot = { ...photo, width: 1, height: 1, rgb: new Uint8Array(3) };
    expectSound(measureFace(dot, drawn.landmarks, drawn.head));
  });
});
