import { describe, expect, it } from "vitest";
import { type DrawnFace, type DrawnFaceOptions, drawFace } from "../../../test/support/drawn-face.js";
import type { Mouth } from "../rig.js";
import { measureDepth } from "./depth-field.js";
import { faceGeometry, headToPhoto } from "./face-geometry.js";
import { measureFace } from "./measure-face.js";
import { soundGeometry } from "./sound-geometry.js";
import { robustQuadratic } from "./tooth-edge.js";

function measure(options: DrawnFaceOptions): { drawn: DrawnFace; mouth: Mouth } {
  const drawn = drawFace(options);
  return { drawn, mouth: measureFace(drawn.photo, drawn.landmarks, drawn.head).mouth };
}

/** Largest vertical distance between a measured curve and the drawn one, photo pixels. */
function largestError(
  drawn: DrawnFace,
  mouth: Mouth,
  curve: Float32Array,
  truth: (x: number) => number,
  within = 1,
): number {
  const { width, height } = drawn.photo;
  const sound = soundGeometry(width, height, drawn.landmarks, drawn.head);
  const face = faceGeometry(sound, measureDepth(width, height, sound));
  let worst = 0;
  for (let i = 0; i < curve.length; i++) {
    const at = headToPhoto(face, mouth.x[i]!, curve[i]!, mouth.z[i]!);
    const p = drawn.toDrawing(at.u, at.v);
    if (Math.abs(p.x) > 0.33 * within) continue;
    worst = Math.max(worst, Math.abs(p.y - truth(p.x)) * drawn.head.eyeDistance);
  }
  return worst;
}

describe("lip line of a closed mouth", () => {
  const cases: DrawnFaceOptions[] = [
    {},
    { lipLineShift: 0.025 },
    { lipLineShift: -0.02, roll: 0.35 },
    { lipLineShift: 0.02, grain: 5, eyeDistance: 150, width: 560, height: 640 },
    { lipLineShift: -0.025, eyeDistance: 420, width: 1500, height: 1700 },
    { lipLineShift: 0.015, blackAndWhite: true, skin: [90, 70, 60] },
  ];
  it.each(cases)("lies within 1.5 px (at most 200 px per eye distance) on the dark line, %o", (options) => {
    const { drawn, mouth } = measure(options);
    expect(mouth.isOpen).toBe(false);
    expect(mouth.gap).toBeLessThan(0.022);
    expect(mouth.toothEdge).toBeNull();
    expect([...mouth.upperInner]).toEqual([...mouth.lowerInner]);
    const pixel = Math.max(1, drawn.head.eyeDistance / 200);
    expect(largestError(drawn, mouth, mouth.upperInner, drawn.lipLine)).toBeLessThan(1.5 * pixel);
  });

  it("stays near the landmarks where nothing dark shows", () => {
    const drawn = drawFace();
    drawn.photo.rgb.fill(128);
    const { mouth } = measureFace(drawn.photo, drawn.landmarks, drawn.head);
    expect(largestError(drawn, mouth, mouth.upperInner, () => 1.12)).toBeLessThan(1);
  });
});

describe("open mouth", () => {
  it("keeps both lip edges and finds the lower edge of the upper teeth", () => {
    for (const options of [
      { gap: 0.2, teeth: 0.1 },
      { gap: 0.28, teeth: 0.13, roll: -0.3, grain: 3 },
    ]) {
      const { drawn, mouth } = measure(options);
      expect(mouth.isOpen).toBe(true);
      expect(Math.abs(mouth.gap - options.gap)).toBeLessThan(0.01);
      expect(largestError(drawn, mouth, mouth.upperInner, drawn.upperLip)).toBeLessThan(1.5);
      expect(largestError(drawn, mouth, mouth.lowerInner, drawn.lowerLip)).toBeLessThan(1.5);
      expect(mouth.toothEdge).not.toBeNull();
      expect(largestError(drawn, mouth, mouth.toothEdge!, drawn.toothEdge, 0.7)).toBeLessThan(1.5);
    }
  });

  it("takes lips for closed that only the landmarks part", () => {
    const drawn = drawFace({ gap: 0.05 });
    drawn.photo.rgb.fill(150);
    const { mouth } = measureFace(drawn.photo, drawn.landmarks, drawn.head);
    expect(mouth.isOpen).toBe(false);
    expect(mouth.gap).toBe(0);
    expect([...mouth.upperInner]).toEqual([...mouth.lowerInner]);
    expect(measure({ gap: 0.05 }).mouth.isOpen).toBe(true);
  });

  it("reports no teeth in a dark mouth", () => {
    const { mouth } = measure({ gap: 0.25 });
    expect(mouth.isOpen).toBe(true);
    expect(mouth.toothEdge).toBeNull();
  });
});

describe("proportions", () => {
  it("orders nose base, lips and chin", () => {
    const { mouth } = measure({});
    expect(mouth.noseBaseY).toBeLessThan(mouth.upperOuter[48]!);
    expect(mouth.upperOuter[48]).toBeLessThan(mouth.upperInner[48]!);
    expect(mouth.lowerInner[48]).toBeLessThan(mouth.lowerOuter[48]!);
    expect(mouth.lowerOuter[48]).toBeLessThan(mouth.chinY);
    expect(mouth.outerCornerLeft.x).toBeLessThan(mouth.cornerLeft.x);
    expect(mouth.outerCornerRight.x).toBeGreaterThan(mouth.cornerRight.x);
  });
});

describe("robustQuadratic", () => {
  it("finds a parabola among a fifth of outliers", () => {
    const t: number[] = [];
    const y: number[] = [];
    for (let i = 0; i < 60; i++) {
      const at = (2 * i) / 59 - 1;
      t.push(at);
      y.push(i % 5 === 2 ? 0.4 : 0.1 + 0.02 * at - 0.05 * at * at);
    }
    const [a, b, c] = robustQuadratic(t, y);
    expect(a).toBeCloseTo(0.1, 2);
    expect(b).toBeCloseTo(0.02, 2);
    expect(c).toBeCloseTo(-0.05, 2);
  });
});
