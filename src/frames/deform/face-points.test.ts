import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePhoto, loadAsset } from "../../assets/index.js";
import { CURVES, type FacePose } from "../../performance/index.js";
import { analysePortrait } from "../../portrait/index.js";
import { measureDistances } from "./face-measures.js";
import { createFacePoints, displaceFace, type FacePoints } from "./face-points.js";
import { createFaceState, restJaw, updateFaceState } from "./face-state.js";
import { LipController } from "./lip-controller.js";
import { createPersonWeight } from "./person-weight.js";
import { breathWeight, headWeight, surfaceAtHead, surfaceAtPhoto } from "./surface.js";

const field = ["image_url"];
const sample = fileURLToPath(new URL("../../../samples/portrait.png", import.meta.url));
const asset = await loadAsset(sample, { field, allowLocalPaths: true });
const rig = await analysePortrait(await decodePhoto(asset, { field }));
const measures = measureDistances(rig);
const { chinY, noseBaseY } = rig.mouth;

/** Points all over face, neck and surroundings. */
function spread(): FacePoints {
  const x: number[] = [];
  const y: number[] = [];
  for (let v = -1.2; v <= 3.2; v += 0.1) {
    for (let u = -1.8; u <= 1.8; u += 0.1) {
      x.push(u);
      y.push(v);
    }
  }
  const z = new Float32Array(x.length);
  return createFacePoints(rig, measures, Float32Array.from(x), Float32Array.from(y), z);
}

/** How far each point moves in a pose. */
function displacements(
  points: FacePoints,
  pose: Partial<FacePose>,
): [Float32Array, Float32Array, Float32Array] {
  const state = createFaceState(rig.mouth);
  updateFaceState(state, { ...CURVES, ...pose }, rig.mouth, restJaw(rig.mouth), 1);
  new LipController(rig, measures).solve(state);
  const make = (): Float32Array => new Float32Array(points.count);
  const result: [Float32Array, Float32Array, Float32Array] = [make(), make(), make()];
  displaceFace(points, state, ...result, true);
  return result;
}

const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const poses = fc.record({
  articulation: within(0, 1),
  jaw: within(0, 0.25),
  lipGap: within(0, 0.35),
  lipPress: within(0, 1),
  mouthWidth: within(0.65, 1.15),
  protrusion: within(0, 1),
  round: within(0, 1),
  smileLeft: within(-0.5, 0.6),
  browLeft: within(-1, 1),
  browKnit: within(0, 1),
  squint: within(0, 1),
});
const points = spread();

describe("displaceFace", () => {
  it("moves nothing at rest, nor in speaking posture with a closed mouth", () => {
    for (const articulation of [0, 1]) {
      for (const d of displacements(points, { articulation })) {
        expect(Math.max(...d.map(Math.abs))).toBeLessThan(1e-6);
      }
    }
  });

  it("moves nothing below the throat, nothing far beside the face, and everything by a bounded amount", () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const [dx, dy, dz] = displacements(points, pose);
        for (let i = 0; i < points.count; i++) {
          const size = Math.abs(dx[i]!) + Math.abs(dy[i]!) + Math.abs(dz[i]!);
          expect(size).toBeLessThan(1);
          if (points.y[i]! > chinY + 1.05 || Math.abs(points.x[i]!) > 1.7) expect(size).toBeLessThan(0.01);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("the jaw takes the chin along fully, the nose and what is above it not at all", () => {
    const [, dy] = displacements(points, { articulation: 1, jaw: 0.2, lipGap: 0.25 });
    const chin = createFacePoints(
      rig,
      measures,
      Float32Array.of(0),
      Float32Array.of(chinY),
      new Float32Array(1),
    );
    const [, chinDy] = displacements(chin, { articulation: 1, jaw: 0.2, lipGap: 0.25 });
    expect(chinDy[0]).toBeGreaterThan(0.12);
    for (let i = 0; i < points.count; i++) {
      if (Math.abs(points.x[i]!) < 0.5 && points.y[i]! < noseBaseY - 0.3) {
        expect(Math.abs(dy[i]!)).toBeLessThan(0.005);
      }
    }
  });

  it("does not fold the skin: neighbours keep their order", () => {
    const column = Float32Array.from({ length: 200 }, (_, i) => -1 + i * 0.02);
    fc.assert(
      fc.property(poses, within(-0.9, 0.9), (pose, at) => {
        const x = new Float32Array(column.length).fill(at);
        const line = createFacePoints(rig, measures, x, column, new Float32Array(column.length));
        // Lips part mostly because the jaw drops, as performances have it.
        const lipGap = Math.min(pose.lipGap, 0.06 + 1.3 * pose.jaw);
        const [, dy] = displacements(line, { ...pose, lipGap });
        for (let i = 1; i < column.length; i++) {
          // Between the lips the skin is cut: there the upper side may cover the lower one.
          if (line.isUpper[i] !== line.isUpper[i - 1]) continue;
          expect(column[i]! + dy[i]!).toBeGreaterThan(column[i - 1]! + dy[i - 1]!);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("a raised brow lifts the brow and leaves the lid's edge alone", () => {
    const brow = measures.brows[0];
    const y = Float32Array.of(brow.y, measures.eyeTop[0]);
    const x = Float32Array.of(brow.x, brow.x);
    const [, dy] = displacements(createFacePoints(rig, measures, x, y, new Float32Array(2)), { browLeft: 1 });
    expect(dy[0]).toBeLessThan(-0.06);
    expect(Math.abs(dy[1]!)).toBeLessThan(1e-6);
  });
});

describe("weights", () => {
  it("the person's is 1 on the face, lies in [0, 1] and is 0 far away", () => {
    const weight = createPersonWeight(rig);
    for (let i = 0; i < 468; i++) {
      expect(weight(rig.landmarks[3 * i]!, rig.landmarks[3 * i + 1]!)).toBeGreaterThan(0.999);
    }
    expect(weight(0, 0)).toBe(0);
    expect(weight(rig.width, 0)).toBe(0);
    fc.assert(
      fc.property(within(-500, 1000), within(-500, 1000), (u, v) => {
        const w = weight(u, v);
        expect(w >= 0 && w <= 1).toBe(true);
      }),
    );
  });

  it("head and chest share the body: all head above the chin, none on the chest, falling in between", () => {
    expect(headWeight(chinY, 0, chinY - 0.2)).toBe(1);
    expect(headWeight(chinY, 0, chinY + 1.2)).toBe(0);
    expect(breathWeight(chinY, chinY)).toBe(0);
    expect(breathWeight(chinY, chinY + 1.5)).toBe(1);
    for (let y = chinY - 0.5; y < chinY + 1.5; y += 0.05) {
      expect(headWeight(chinY, 0.2, y + 0.05)).toBeLessThanOrEqual(headWeight(chinY, 0.2, y));
      expect(breathWeight(chinY, y + 0.05)).toBeGreaterThanOrEqual(breathWeight(chinY, y));
    }
  });
});

describe("the surface", () => {
  it("is found again from its head-frame position", () => {
    fc.assert(
      fc.property(within(-0.8, 0.8), within(-0.6, 1.6), (x, y) => {
        const found = surfaceAtHead(rig, x, y, 0);
        const seen = surfaceAtPhoto(rig, found.u, found.v);
        expect(Math.abs(seen.x - x)).toBeLessThan(0.004);
        expect(Math.abs(seen.y - y)).toBeLessThan(0.004);
      }),
    );
  });
});
