import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mouth, Tones } from "../../portrait/index.js";
import { createMouthInterior, type InteriorPose, type LipOpening, MARGIN_PIXELS } from "./index.js";

const LIP_SAMPLES = 97;
const HALF = 0.4;
const LINE = 1.08;
const WIDTH = 120;
const HEIGHT = 56;
const PIXEL = 1 / 120;
const TO_HEAD = [PIXEL, 0, (-WIDTH / 2) * PIXEL, 0, PIXEL, LINE - 18 * PIXEL];
const REST: InteriorPose = { jaw: 0, tongueUp: 0, tongueOut: 0, protrusion: 0, lowerLipRoll: 0 };

const COLOUR: Tones = {
  cheekLeft: [222, 178, 158],
  cheekRight: [204, 158, 140],
  lip: [190, 105, 100],
  sclera: [205, 198, 194],
  tooth: null,
  saturation: 1,
  grain: 0,
};
const GREY: Tones = {
  ...COLOUR,
  cheekLeft: [120, 120, 120],
  cheekRight: [150, 150, 150],
  lip: [95, 95, 95],
  sclera: [165, 165, 165],
  saturation: 0,
  grain: 3,
};

function curve(f: (t: number) => number): Float32Array {
  return Float32Array.from({ length: LIP_SAMPLES }, (_, i) => f((2 * i) / (LIP_SAMPLES - 1) - 1));
}

const lens = (t: number): number => Math.max(0, 1 - t * t) ** 0.8;

function drawnMouth(gap: number, toothEdge: Float32Array | null): Mouth {
  const corner = (x: number): { x: number; y: number; z: number } => ({ x, y: LINE, z: 0.1 });
  return {
    cornerLeft: corner(-HALF),
    cornerRight: corner(HALF),
    outerCornerLeft: corner(-HALF - 0.04),
    outerCornerRight: corner(HALF + 0.04),
    x: curve((t) => t * HALF),
    upperInner: curve((t) => LINE - 0.3 * gap * lens(t)),
    lowerInner: curve((t) => LINE + 0.7 * gap * lens(t)),
    upperOuter: curve((t) => LINE - 0.1 * lens(t)),
    lowerOuter: curve((t) => LINE + 0.2 * lens(t)),
    z: curve((t) => 0.1 * t * t),
    gap,
    isOpen: gap > 0.022,
    toothEdge,
    noseBaseY: 0.75,
    chinY: 1.75,
    smile: 0,
  };
}

function opened(gap: number, width = 1, lift = 0.25): LipOpening {
  return {
    x: curve((t) => t * HALF * width),
    upper: curve((t) => LINE - lift * gap * lens(t)),
    lower: curve((t) => LINE + (1 - lift) * gap * lens(t)),
  };
}

type Painting = { r: Float32Array; g: Float32Array; b: Float32Array };

function canvas(fill = 0): Painting {
  const plane = (): Float32Array => new Float32Array(WIDTH * HEIGHT).fill(fill);
  return { r: plane(), g: plane(), b: plane() };
}

const interiors = new Map<Tones, ReturnType<typeof createMouthInterior>>();

function painted(
  pose: InteriorPose,
  opening: LipOpening,
  tones: Tones = COLOUR,
  toHead: readonly number[] = TO_HEAD,
  into = canvas(),
): Painting {
  let interior = interiors.get(tones);
  if (interior === undefined) {
    interior = createMouthInterior({ mouth: drawnMouth(0, null), tones });
    interiors.set(tones, interior);
  }
  interior.paint(pose, opening, toHead, PIXEL, { x0: 0, y0: 0, width: WIDTH, height: HEIGHT, ...into });
  return into;
}

function largestChange(a: Painting, b: Painting): number {
  let most = 0;
  for (let k = 0; k < a.r.length; k++) {
    // The outermost pixels of the margin may be painted in one and not in the other.
    if (a.r[k]! < 0 || b.r[k]! < 0) continue;
    most = Math.max(
      most,
      Math.abs(a.r[k]! - b.r[k]!),
      Math.abs(a.g[k]! - b.g[k]!),
      Math.abs(a.b[k]! - b.b[k]!),
    );
  }
  return most;
}

function meanIn(painting: Painting, keep: (x: number, y: number) => boolean): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let j = 0; j < HEIGHT; j++) {
    for (let i = 0; i < WIDTH; i++) {
      if (!keep(i * PIXEL + TO_HEAD[2]!, j * PIXEL + TO_HEAD[5]!)) continue;
      const k = j * WIDTH + i;
      sum[0] += painting.r[k]!;
      sum[1] += painting.g[k]!;
      sum[2] += painting.b[k]!;
      count++;
    }
  }
  return sum.map((v) => v / count) as [number, number, number];
}

const anyPose = fc.record({
  jaw: fc.double({ min: -0.15, max: 0.25, noNaN: true }),
  tongueUp: fc.double({ min: 0, max: 1, noNaN: true }),
  tongueOut: fc.double({ min: 0, max: 1, noNaN: true }),
  protrusion: fc.double({ min: 0, max: 1, noNaN: true }),
  lowerLipRoll: fc.double({ min: 0, max: 1, noNaN: true }),
  sightX: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
  sightY: fc.double({ min: -0.4, max: 0.4, noNaN: true }),
});
const anyGap = fc.double({ min: 0, max: 0.35, noNaN: true });
const anyWidth = fc.double({ min: 0.65, max: 1.15, noNaN: true });
const NAMES = ["jaw", "tongueUp", "tongueOut", "protrusion", "lowerLipRoll", "sightX", "sightY"] as const;

describe("the inside of the mouth", () => {
  it("changes continuously with every parameter of the pose", () => {
    fc.assert(
      fc.property(anyPose, anyGap, anyWidth, fc.constantFrom(...NAMES), (pose, gap, width, name) => {
        const opening = opened(gap, width);
        const moved = { ...pose, [name]: pose[name] + 1e-5 };
        // 1e-5 eye distances is a thousandth of a pixel here: a hard edge may change by that share of its contrast.
        const a = painted(pose, opening, COLOUR, TO_HEAD, canvas(-7));
        const b = painted(moved, opening, COLOUR, TO_HEAD, canvas(-7));
        expect(largestChange(a, b)).toBeLessThan(0.6);
      }),
      { numRuns: 150 },
    );
  });

  it("changes continuously with the lips", () => {
    fc.assert(
      fc.property(anyPose, anyGap, anyWidth, (pose, gap, width) => {
        const a = painted(pose, opened(gap, width), COLOUR, TO_HEAD, canvas(-7));
        const b = painted(pose, opened(gap + 1e-5, width - 1e-5), COLOUR, TO_HEAD, canvas(-7));
        expect(largestChange(a, b)).toBeLessThan(0.6);
      }),
      { numRuns: 100 },
    );
  });

  it("stays within [0, 255] and finite for every pose", () => {
    fc.assert(
      fc.property(anyPose, anyGap, anyWidth, fc.constantFrom(COLOUR, GREY), (pose, gap, width, tones) => {
        const { r, g, b } = painted(pose, opened(gap, width), tones);
        for (const plane of [r, g, b]) expect(plane.every((v) => v >= 0 && v <= 255)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("paints nothing unusable when the opening is degenerate", () => {
    const line = opened(0);
    const crossed = { ...line, upper: line.lower.map((y) => y + 0.05), lower: line.upper };
    const points = { ...line, x: line.x.map(() => 0.1) };
    const backwards = { ...line, x: line.x.map((x) => -x) };
    const holes = { ...opened(0.2), lower: line.lower.map((y, i) => (i === 40 ? Number.NaN : y)) };
    const endless = { ...line, x: line.x.map((x) => x * Number.POSITIVE_INFINITY) };
    for (const opening of [line, crossed, points, backwards, holes, endless]) {
      const { r, g, b } = painted({ ...REST, jaw: 0.1 }, opening);
      for (const plane of [r, g, b]) expect(plane.every((v) => v >= 0 && v <= 255)).toBe(true);
    }
    const unusable = painted({ ...REST, jaw: Number.NaN }, opened(0.2));
    expect(unusable.r.every((v) => v === 0)).toBe(true);
    const nowhere = painted(REST, opened(0.2), COLOUR, [Number.NaN, 0, 0, 0, PIXEL, 0]);
    expect(nowhere.r.every((v) => v === 0)).toBe(true);
  });

  it("leaves every pixel beyond the margin as it was", () => {
    fc.assert(
      fc.property(anyPose, anyGap, (pose, gap) => {
        const opening = opened(gap);
        const { r } = painted({ ...pose, sightX: 0, sightY: 0 }, opening, COLOUR, TO_HEAD, canvas(-7));
        for (let j = 0; j < HEIGHT; j++) {
          for (let i = 0; i < WIDTH; i++) {
            const x = i * PIXEL + TO_HEAD[2]!;
            const y = j * PIXEL + TO_HEAD[5]!;
            const above = LINE - 0.25 * gap * lens(Math.min(1, Math.abs(x / HALF))) - y;
            const below = y - LINE - 0.75 * gap * lens(Math.min(1, Math.abs(x / HALF)));
            if (Math.max(above, below) > (MARGIN_PIXELS + 0.5) * PIXEL) expect(r[j * WIDTH + i]).toBe(-7);
            if (Math.max(above, below) < 0 && Math.abs(x) < HALF)
              expect(r[j * WIDTH + i]).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is the same for the same input, in any order of frames", () => {
    const tones = { ...COLOUR, grain: 2 };
    const paintSequence = (gaps: readonly number[]): Map<number, Painting> => {
      const interior = createMouthInterior({ mouth: drawnMouth(0, null), tones });
      return new Map(
        gaps.map((gap) => {
          const into = canvas();
          const target = { x0: 0, y0: 0, width: WIDTH, height: HEIGHT, ...into };
          interior.paint({ ...REST, jaw: gap / 2 }, opened(gap), TO_HEAD, PIXEL, target);
          return [gap, into];
        }),
      );
    };
    const forth = paintSequence([0.05, 0.12, 0.24]);
    const back = paintSequence([0.24, 0.05, 0.12]);
    for (const [gap, painting] of forth) expect(largestChange(painting, back.get(gap)!)).toBe(0);
  });

  it("is fixed to the head: moving the picture by whole pixels moves the same pixels", () => {
    const tones = { ...COLOUR, grain: 3 };
    const interior = createMouthInterior({ mouth: drawnMouth(0, null), tones });
    const whole = canvas();
    const part = { r: new Float32Array(400), g: new Float32Array(400), b: new Float32Array(400) };
    const pose = { ...REST, jaw: 0.12 };
    interior.paint(pose, opened(0.2), TO_HEAD, PIXEL, {
      x0: 0,
      y0: 0,
      width: WIDTH,
      height: HEIGHT,
      ...whole,
    });
    interior.paint(pose, opened(0.2), TO_HEAD, PIXEL, { x0: 50, y0: 14, width: 20, height: 20, ...part });
    for (let j = 0; j < 20; j++) {
      for (let i = 0; i < 20; i++) {
        expect(part.r[j * 20 + i]).toBeCloseTo(whole.r[(j + 14) * WIDTH + i + 50]!, 2);
      }
    }
  });

  it("keeps the upper teeth still while the jaw moves lower teeth and tongue", () => {
    const opening = opened(0.3);
    const shut = painted({ ...REST, jaw: 0.14 }, opening);
    const wide = painted({ ...REST, jaw: 0.24 }, opening);
    let changedBelow = 0;
    for (let j = 0; j < HEIGHT; j++) {
      for (let i = 0; i < WIDTH; i++) {
        const x = i * PIXEL + TO_HEAD[2]!;
        const y = j * PIXEL + TO_HEAD[5]!;
        const k = j * WIDTH + i;
        if (Math.abs(x) < 0.2 && y < LINE + 0.03) expect(wide.r[k]).toBe(shut.r[k]);
        if (y > LINE + 0.1 && Math.abs(wide.r[k]! - shut.r[k]!) > 4) changedBelow++;
      }
    }
    expect(changedBelow).toBeGreaterThan(60);
  });

  it("keeps the upper teeth still while the lips open further", () => {
    const lips = (gap: number): LipOpening => ({ ...opened(gap), upper: opened(0.3).upper });
    const half = painted({ ...REST, jaw: 0.1 }, lips(0.2));
    const full = painted({ ...REST, jaw: 0.2 }, lips(0.3));
    const teeth = (x: number, y: number): boolean => Math.abs(x) < 0.15 && y > LINE - 0.06 && y < LINE + 0.03;
    for (const c of [0, 1, 2]) expect(meanIn(half, teeth)[c]).toBeCloseTo(meanIn(full, teeth)[c]!, -0.5);
  });

  it("shows bright warm teeth, a red tongue and a dark red throat", () => {
    const open = painted({ ...REST, jaw: 0.2 }, opened(0.3));
    const teeth = meanIn(open, (x, y) => Math.abs(x) < 0.12 && y > LINE - 0.03 && y < LINE + 0.04);
    const tongue = meanIn(open, (x, y) => Math.abs(x) < 0.1 && y > LINE + 0.13 && y < LINE + 0.16);
    const throat = meanIn(open, (x, y) => Math.abs(x) < 0.1 && y > LINE + 0.06 && y < LINE + 0.08);
    expect(teeth[1]).toBeGreaterThan(150);
    expect(teeth[0]).toBeLessThan(240);
    expect(teeth[0]).toBeGreaterThan(teeth[2]);
    expect(tongue[0]).toBeGreaterThan(1.5 * tongue[1]);
    expect(throat[1]).toBeLessThan(50);
    expect(throat[0]).toBeGreaterThan(throat[1]);
  });

  it("brings the tongue up and out", () => {
    const region = (x: number, y: number): boolean => Math.abs(x) < 0.08 && y > LINE + 0.07 && y < LINE + 0.1;
    const low = meanIn(painted({ ...REST, jaw: 0.14 }, opened(0.24)), region);
    const up = meanIn(painted({ ...REST, jaw: 0.14, tongueUp: 1 }, opened(0.24)), region);
    const out = meanIn(painted({ ...REST, jaw: 0.14, tongueOut: 1 }, opened(0.24)), region);
    expect(up[0]).toBeGreaterThan(low[0] + 15);
    expect(out[0]).toBeGreaterThan(low[0] + 30);
  });

  it("is neutral in a black-and-white photo", () => {
    for (const pose of [REST, { ...REST, jaw: 0.2, tongueOut: 0.7, protrusion: 0.8 }]) {
      const { r, g, b } = painted(pose, opened(0.25), GREY);
      for (let k = 0; k < r.length; k++) {
        expect(Math.abs(r[k]! - g[k]!)).toBeLessThan(0.01);
        expect(Math.abs(b[k]! - g[k]!)).toBeLessThan(0.01);
      }
    }
  });

  it("looks the same at every scale, prepared for it or not", () => {
    const opening = opened(0.25);
    const pose = { ...REST, jaw: 0.18 };
    const fine = painted(pose, opening);
    const p = 2 * PIXEL;
    const toHead = [p, 0, TO_HEAD[2]! + 0.5 * PIXEL, 0, p, TO_HEAD[5]! + 0.5 * PIXEL];
    const width = WIDTH / 2;
    for (const prepared of [{}, { grainSize: p }, { grainSize: PIXEL }]) {
      const interior = createMouthInterior({ mouth: drawnMouth(0, null), tones: COLOUR, ...prepared });
      const plane = (): Float32Array => new Float32Array((width * HEIGHT) / 2);
      const coarse = { r: plane(), g: plane(), b: plane() };
      interior.paint(pose, opening, toHead, p, { x0: 0, y0: 0, width, height: HEIGHT / 2, ...coarse });
      let [difference, bias, count] = [0, 0, 0];
      for (let j = 0; j < HEIGHT / 2; j++) {
        for (let i = 0; i < width; i++) {
          const k = 2 * j * WIDTH + 2 * i;
          const block = [fine.g[k]!, fine.g[k + 1]!, fine.g[k + WIDTH]!, fine.g[k + WIDTH + 1]!];
          if (block.includes(0)) continue;
          const error = coarse.g[j * width + i]! - block.reduce((a, v) => a + v) / 4;
          difference += Math.abs(error);
          bias += error;
          count++;
        }
      }
      expect(count).toBeGreaterThan(300);
      expect(difference / count).toBeLessThan(5);
      expect(Math.abs(bias / count)).toBeLessThan(1.5);
    }
  });
});

describe("the inside of a mouth that the photo shows open", () => {
  const GAP = 0.12;
  const edge = curve((t) => LINE + 0.03 - 0.02 * t * t);
  const mouth = drawnMouth(GAP, edge);
  const asInPhoto: LipOpening = { x: mouth.x, upper: mouth.upperInner, lower: mouth.lowerInner };
  const interior = createMouthInterior({ mouth, tones: { ...COLOUR, tooth: [236, 228, 214], grain: 2 } });
  const over = (pose: InteriorPose, opening: LipOpening): Painting => {
    const into = canvas(150);
    interior.paint(pose, opening, TO_HEAD, PIXEL, { x0: 0, y0: 0, width: WIDTH, height: HEIGHT, ...into });
    return into;
  };

  it("is the photo's own, bit for bit, while nothing moves", () => {
    expect(largestChange(over(REST, asInPhoto), canvas(150))).toBe(0);
  });

  it("keeps the photo's teeth and paints below them when the jaw opens", () => {
    const wider = { ...asInPhoto, lower: mouth.lowerInner.map((y, i) => y + 0.12 * lens((2 * i) / 96 - 1)) };
    const painting = over({ ...REST, jaw: 0.1 }, wider);
    const teeth = meanIn(painting, (x, y) => Math.abs(x) < 0.2 && y > LINE - 0.02 && y < LINE + 0.015);
    const below = meanIn(painting, (x, y) => Math.abs(x) < 0.2 && y > LINE + 0.05 && y < LINE + 0.08);
    expect(teeth[0]).toBeGreaterThan(140);
    expect(Math.abs(teeth[0] - teeth[2])).toBeLessThan(8);
    expect(below[1]).toBeLessThan(90);
    expect(below[0]).toBeGreaterThan(below[1] + 5);
  });

  it("tells where it takes over from the photo", () => {
    expect(interior.toothEdgeAt(0)).toBeCloseTo(LINE + 0.03, 5);
    expect(interior.toothEdgeAt(HALF / 2)).toBeCloseTo(LINE + 0.025, 4);
    expect(interior.toothEdgeAt(9)).toBeCloseTo(LINE + 0.01, 5);
    const closed = createMouthInterior({ mouth: drawnMouth(0, null), tones: COLOUR });
    expect(closed.toothEdgeAt(0)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("speed", () => {
  it("paints a wide-open mouth of a full-height picture in about a millisecond", () => {
    const px = 1 / 180;
    const interior = createMouthInterior({
      mouth: drawnMouth(0, null),
      tones: { ...COLOUR, grain: 2 },
      grainSize: px,
    });
    const target = {
      x0: 0,
      y0: 0,
      width: 150,
      height: 60,
      r: new Float32Array(9000),
      g: new Float32Array(9000),
      b: new Float32Array(9000),
    };
    const toHead = [px, 0, -75 * px, 0, px, LINE - 18 * px];
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 200; k++) {
      const start = performance.now();
      interior.paint({ ...REST, jaw: 0.2 }, opened(0.24 + 1e-4 * k), toHead, px, target);
      best = Math.min(best, performance.now() - start);
    }
    const pixels = target.r.reduce((n, v) => n + (v > 0 ? 1 : 0), 0);
    console.log(`mouth interior: ${pixels} pixels in ${best.toFixed(2)} ms`);
    expect(best).toBeLessThan(20);
  });
});
