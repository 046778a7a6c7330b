import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CURVES, type FacePose } from "../../performance/index.js";
import { cameraToHead, type HeadFrame, photoToCamera } from "../../shared/head-frame.js";
import { HeadMotion, type MovingPoints } from "./head-motion.js";

/** A head turned and tilted in the photo, as rotations about y, x and z. */
function aHead(yaw: number, pitch: number, roll: number): HeadFrame {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const rotation = [
    cr * cy + sr * sp * sy,
    -sr * cp,
    -cr * sy + sr * sp * cy,
    sr * cy - cr * sp * sy,
    cr * cp,
    -sr * sy - cr * sp * cy,
    cp * sy,
    sp,
    cp * cy,
  ];
  return { originX: 300, originY: 250, eyeDistance: 120, rotation, cameraDistance: 16 };
}

/** The points that photo pixels show, at the given depths. */
function pointsAt(
  head: HeadFrame,
  pixels: readonly (readonly [number, number, number])[],
  headWeight = 1,
): MovingPoints {
  const found = pixels.map(([u, v, z]) => cameraToHead(head, photoToCamera(head, u, v, z)));
  return {
    count: found.length,
    x: Float32Array.from(found, (p) => p.x),
    y: Float32Array.from(found, (p) => p.y),
    z: Float32Array.from(found, (p) => p.z),
    headWeight: new Float32Array(found.length).fill(headWeight),
    breathWeight: new Float32Array(found.length).fill(1 - headWeight),
  };
}

function project(head: HeadFrame, points: MovingPoints, pose: Partial<FacePose>, amount = 1): Float32Array {
  const motion = new HeadMotion(head, 1, 1, 0, 0);
  motion.set({ ...CURVES, ...pose }, amount);
  const out = new Float32Array(points.count * 3);
  motion.project(points, null, null, null, null, out, 3);
  return out;
}

const angle = fc.double({ min: -0.3, max: 0.3, noNaN: true });
const pixel = fc.tuple(
  fc.double({ min: 0, max: 600, noNaN: true }),
  fc.double({ min: 0, max: 600, noNaN: true }),
  fc.double({ min: -0.5, max: 0.8, noNaN: true }),
);

describe("HeadMotion", () => {
  it("leaves every point on its pixel at rest, however the head is turned in the photo", () => {
    fc.assert(
      fc.property(
        angle,
        angle,
        angle,
        fc.array(pixel, { minLength: 1, maxLength: 8 }),
        (yaw, pitch, roll, pixels) => {
          const head = aHead(yaw, pitch, roll);
          const out = project(head, pointsAt(head, pixels), {});
          pixels.forEach(([u, v, z], i) => {
            expect(Math.abs(out[3 * i]! - u)).toBeLessThan(2e-3);
            expect(Math.abs(out[3 * i + 1]! - v)).toBeLessThan(2e-3);
            expect(Math.abs(out[3 * i + 2]! - z)).toBeLessThan(1e-4);
          });
        },
      ),
    );
  });

  it("scales and shifts from photo to video pixels", () => {
    const head = aHead(0, 0, 0);
    const motion = new HeadMotion(head, 1.5, 0.5, 10, -20);
    motion.set(CURVES, 1);
    const out = new Float32Array(3);
    motion.project(pointsAt(head, [[200, 100, 0]]), null, null, null, null, out, 3);
    expect(out[0]).toBeCloseTo(310, 3);
    expect(out[1]).toBeCloseTo(30, 3);
  });

  it("turns as the curves say: yaw and pitch take the nose right and down, roll clockwise", () => {
    const head = aHead(0, 0, 0);
    // The tip of the nose, and the top of the head.
    const points = pointsAt(head, [
      [300, 320, -0.4],
      [300, 120, 0.3],
    ]);
    const rest = project(head, points, {});
    const yaw = project(head, points, { headYaw: 0.1 });
    const pitch = project(head, points, { headPitch: 0.1 });
    const roll = project(head, points, { headRoll: 0.1 });
    expect(yaw[0]! - rest[0]!).toBeGreaterThan(8);
    expect(Math.abs(yaw[1]! - rest[1]!)).toBeLessThan(2);
    expect(pitch[1]! - rest[1]!).toBeGreaterThan(8);
    expect(roll[3]! - rest[3]!).toBeGreaterThan(8);
    const shift = project(head, points, { headX: 0.05, headY: -0.05 });
    expect(shift[0]! - rest[0]!).toBeCloseTo(6, 0);
    expect(shift[1]! - rest[1]!).toBeCloseTo(-6, 0);
  });

  it("turns rigidly: distances on the head stay what they are", () => {
    const head = { ...aHead(0.1, -0.1, 0.05), cameraDistance: 1e6 };
    fc.assert(
      fc.property(angle, angle, angle, pixel, pixel, (headYaw, headPitch, headRoll, a, b) => {
        const points = pointsAt(head, [a, b]);
        const length = (out: Float32Array): number =>
          Math.sqrt(
            ((out[3]! - out[0]!) / head.eyeDistance) ** 2 +
              ((out[4]! - out[1]!) / head.eyeDistance) ** 2 +
              (out[5]! - out[2]!) ** 2,
          );
        const rest = length(project(head, points, {}));
        const turned = length(project(head, points, { headYaw, headPitch, headRoll }));
        expect(Math.abs(turned - rest)).toBeLessThan(1e-3 * (1 + rest));
      }),
    );
  });

  it("leaves the shoulders where they are when the head turns, and lets the chest breathe", () => {
    const head = aHead(0, 0, 0);
    const chest = pointsAt(head, [[280, 560, 0.3]], 0);
    const rest = project(head, chest, {});
    const turned = project(head, chest, { headYaw: 0.2, headPitch: 0.1, headRoll: 0.1 });
    expect(turned[0]).toBeCloseTo(rest[0]!, 4);
    expect(turned[1]).toBeCloseTo(rest[1]!, 4);
    const breathing = project(head, chest, { breath: 1 });
    expect(rest[1]! - breathing[1]!).toBeGreaterThan(1);
    expect(rest[1]! - breathing[1]!).toBeLessThan(4);
  });

  it("moves less when told to", () => {
    const head = aHead(0, 0, 0);
    const points = pointsAt(head, [[300, 320, -0.4]]);
    const rest = project(head, points, {})[0]!;
    const full = project(head, points, { headYaw: 0.1 }, 1)[0]! - rest;
    const half = project(head, points, { headYaw: 0.1 }, 0.5)[0]! - rest;
    expect(half).toBeGreaterThan(0.45 * full);
    expect(half).toBeLessThan(0.55 * full);
  });

  it("swings the tips of the hair, not its roots", () => {
    const head = aHead(0, 0, 0);
    const points = pointsAt(head, [
      [200, 240, 0],
      [200, 400, 0],
    ]);
    const hanging = { ...points, hairWeight: Float32Array.of(0, 1) };
    const rest = project(head, hanging, {});
    const swung = project(head, hanging, { hairX: 0.05, hairY: -0.02 });
    expect(swung[0]).toBe(rest[0]);
    expect(swung[3]! - rest[3]!).toBeCloseTo(0.05 * 120, 1);
    expect(swung[4]! - rest[4]!).toBeCloseTo(-0.02 * 120, 1);
    expect(project(head, points, { hairX: 0.05 })).toEqual(rest);
  });

  it("moves the shoulders with the body alone, and the head with the trunk's tilt", () => {
    const head = aHead(0, 0, 0);
    const shift = (weight: number, pose: Partial<FacePose>): number => {
      const points = pointsAt(head, [[300, 300, 0]], weight);
      return (project(head, points, pose)[0]! - project(head, points, {})[0]!) / 120;
    };
    expect(shift(0, { bodyX: 0.03 })).toBeCloseTo(0.03, 3);
    expect(shift(1, { bodyX: 0.03 })).toBeCloseTo(0, 3);
    expect(shift(0, { headX: 0.03 })).toBeCloseTo(0, 3);
    expect(shift(1, { headX: 0.03 })).toBeCloseTo(0.03, 3);
    expect(shift(1, { bodyRoll: 0.01 })).toBeCloseTo(shift(0, { bodyRoll: 0.01 }), 3);
    expect(shift(1, { bodyRoll: 0.01 })).toBeGreaterThan(0.03);
  });

  it("turns a head that is turned away hardly further, and freely back", () => {
    const head = aHead(0, 0, 0);
    const points = pointsAt(head, [[300, 320, -0.4]]);
    const turn = (inPhoto: number, headYaw: number): number => {
      const motion = new HeadMotion(head, 1, 1, 0, 0, { yaw: inPhoto, pitch: 0 });
      const out = new Float32Array(3);
      motion.set({ ...CURVES, headYaw }, 1);
      motion.project(points, null, null, null, null, out, 3);
      return Math.abs(out[0]! - 300);
    };
    expect(turn(0.1, 0.14)).toBeCloseTo(turn(0, 0.14), 5);
    expect(turn(0.55, 0.14)).toBeLessThan(0.4 * turn(0, 0.14));
    expect(turn(-0.55, 0.14)).toBeCloseTo(turn(0, 0.14), 5);
    expect(turn(0.55, -0.14)).toBeCloseTo(turn(0, -0.14), 5);
    for (let yaw = -0.14, last = turn(0.5, -0.145); yaw < 0; yaw += 0.005) {
      expect(turn(0.5, yaw)).toBeLessThan(last);
      last = turn(0.5, yaw);
    }
  });
});
