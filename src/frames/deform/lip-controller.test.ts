import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawRig } from "../../../test/support/drawn-rig.js";
import { CURVES, type FacePose } from "../../performance/index.js";
import type { Rig } from "../../portrait/index.js";
import { measureDistances } from "./face-measures.js";
import { createFaceState, type FaceState, openingProfile, restJaw, updateFaceState } from "./face-state.js";
import { LipController } from "./lip-controller.js";

const RIGS: readonly { name: string; rig: Rig }[] = [
  { name: "a closed mouth", rig: drawRig().rig },
  { name: "a closed mouth on a tilted head", rig: drawRig({ roll: 0.25, lipLineShift: 0.015 }).rig },
  { name: "a smile with teeth", rig: drawRig({ gap: 0.2, teeth: 0.1 }).rig },
  { name: "a mouth ajar", rig: drawRig({ gap: 0.06 }).rig },
];

const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
/** Any pose that a performance may contain, as far as the mouth is concerned. */
const poses = fc.record({
  jaw: within(0, 0.25),
  lipGap: within(0, 0.35),
  lipPress: within(0, 1),
  mouthWidth: within(0.65, 1.15),
  protrusion: within(0, 1),
  round: within(0, 1),
  lowerLipRoll: within(0, 1),
  upperLipLift: within(0, 1),
  smileLeft: within(-0.5, 0.6),
  smileRight: within(-0.5, 0.6),
});

function solve(rig: Rig, pose: Partial<FacePose>): { state: FaceState; lips: LipController; gaps: number[] } {
  const state = createFaceState(rig.mouth);
  updateFaceState(state, { ...CURVES, articulation: 1, ...pose }, rig.mouth, restJaw(rig.mouth), 1);
  const lips = new LipController(rig, measureDistances(rig));
  lips.solve(state);
  return { state, lips, gaps: Array.from(lips.lower.y, (y, i) => y - lips.upper.y[i]!) };
}

describe.each(RIGS)("the lips of $name", ({ rig }) => {
  const last = rig.mouth.x.length - 1;

  it("touch along their whole length when the gap is zero, whatever else the face does", () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const { gaps } = solve(rig, { ...pose, lipGap: 0 });
        for (const gap of gaps) expect(Math.abs(gap)).toBeLessThanOrEqual(1e-4);
      }),
    );
  });

  it("have the gap that the performance asks for in the middle, within .002 eye distances", () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const { gaps, state } = solve(rig, pose);
        expect(Math.abs(gaps[last / 2]! - state.gap[last / 2]!)).toBeLessThanOrEqual(0.002);
      }),
    );
  });

  it("never cross, and part nowhere farther than in the middle of the profile", () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const { gaps, state } = solve(rig, pose);
        const widest = Math.max(...state.gap);
        for (const gap of gaps) {
          expect(gap).toBeGreaterThanOrEqual(-1e-4);
          expect(gap).toBeLessThanOrEqual(widest + 0.012);
        }
      }),
    );
  });

  it("are the photo's where the mouth does not speak", () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const { lips } = solve(rig, { ...pose, articulation: 0, smileLeft: 0, smileRight: 0 });
        for (let i = 0; i <= last; i++) {
          expect(lips.upper.x[i]).toBe(rig.mouth.x[i]);
          expect(Math.abs(lips.upper.y[i]! - rig.mouth.upperInner[i]!)).toBeLessThan(1e-6);
          expect(Math.abs(lips.lower.y[i]! - rig.mouth.lowerInner[i]!)).toBeLessThan(1e-6);
        }
      }),
    );
  });

  it("move continuously with the gap", () => {
    fc.assert(
      fc.property(poses, within(0, 0.34), (pose, lipGap) => {
        const before = solve(rig, { ...pose, lipGap }).gaps;
        const after = solve(rig, { ...pose, lipGap: lipGap + 0.002 }).gaps;
        before.forEach((gap, i) => {
          expect(Math.abs(after[i]! - gap)).toBeLessThan(0.012);
        });
      }),
    );
  });

  it("stay in order from corner to corner", () => {
    fc.assert(
      fc.property(poses, (pose) => {
        const { lips } = solve(rig, pose);
        for (let i = 1; i <= last; i++) {
          expect(lips.upper.x[i]).toBeGreaterThan(lips.upper.x[i - 1]!);
          expect(lips.lower.x[i]).toBeGreaterThan(lips.lower.x[i - 1]!);
        }
      }),
    );
  });
});

describe("what the curves mean for a face", () => {
  it("the opening is 1 in the middle, 0 in the corners, alike on both sides and fuller when round", () => {
    for (const round of [0, 0.4, 1]) {
      expect(openingProfile(0, round)).toBeCloseTo(1, 6);
      for (const t of [1, -1, 1.3]) expect(openingProfile(t, round)).toBe(0);
      for (let t = 0.05; t < 1; t += 0.05) {
        expect(openingProfile(t, round)).toBe(openingProfile(-t, round));
        expect(openingProfile(t, round)).toBeLessThan(openingProfile(t - 0.05, round));
        expect(openingProfile(t, 1)).toBeGreaterThan(openingProfile(t, 0));
        expect(Math.abs(openingProfile(t, 0) - (1 - t * t) ** 0.95)).toBeLessThan(0.03);
        expect(Math.abs(openingProfile(t, 1) - (1 - t * t) ** 0.62)).toBeLessThan(0.03);
      }
    }
  });

  it("a smile with teeth is not made broader, a closed mouth is", () => {
    const [closed, , toothy] = RIGS;
    const smile = { smileLeft: 0.4, smileRight: 0.4, articulation: 0 };
    expect(solve(closed!.rig, smile).state.smileLeft).toBeCloseTo(0.4, 6);
    expect(solve(toothy!.rig, smile).state.smileLeft).toBeLessThan(0.05);
  });

  it("a mouth that is open in the photo has its jaw already open", () => {
    expect(restJaw(RIGS[0]!.rig.mouth)).toBe(0);
    const jaw = restJaw(RIGS[2]!.rig.mouth);
    expect(jaw).toBeGreaterThan(Math.PI / 180);
    expect(jaw).toBeLessThanOrEqual((8 * Math.PI) / 180);
  });
});
