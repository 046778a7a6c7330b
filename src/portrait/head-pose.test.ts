import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { cameraToPhoto, type HeadFrame, headToCamera } from "../shared/head-frame.js";
import { cos, sin } from "../shared/portable-math.js";
import { type CanonicalFace, LANDMARK_COUNT, MESH_POINTS } from "./canonical-face.js";
import { anglesOf, CAMERA_DISTANCE, fitHeadPose } from "./head-pose.js";
import { loadPortraitModels } from "./portrait-models.js";

let face: CanonicalFace;
beforeAll(async () => {
  ({ face } = await loadPortraitModels());
});

/** Rz(roll) * Ry(-yaw) * Rx(pitch), row-major. */
function rotationOf(yaw: number, pitch: number, roll: number): number[] {
  const [cy, sy, cp, sp, cr, sr] = [cos(yaw), sin(yaw), cos(pitch), sin(pitch), cos(roll), sin(roll)];
  return [
    cr * cy,
    -sr * cp - cr * sy * sp,
    sr * sp - cr * sy * cp,
    sr * cy,
    cr * cp - sr * sy * sp,
    -cr * sp - sr * sy * cp,
    sy,
    cy * sp,
    cy * cp,
  ];
}

/** The canonical face seen by a frame's camera. */
function project(frame: HeadFrame): Float64Array {
  const points = new Float64Array(LANDMARK_COUNT * 3);
  const v = face.vertices;
  // Unit and origin as the frame defines them: from the eye corners.
  const middle = (a: number, b: number): number[] =>
    [0, 1, 2].map((k) => (v[3 * a + k]! + v[3 * b + k]!) / 2);
  const [left, right] = [middle(33, 133), middle(362, 263)];
  const unit = Math.hypot(...left.map((value, k) => right[k]! - value));
  for (let i = 0; i < MESH_POINTS; i++) {
    const at = (k: number): number => (v[3 * i + k]! - (left[k]! + right[k]!) / 2) / unit;
    const p = headToCamera(frame, { x: at(0), y: at(1), z: at(2) });
    const { u, v: row } = cameraToPhoto(frame, p);
    points.set([u, row, 1000 + p.z * frame.eyeDistance], 3 * i);
  }
  return points;
}

describe("the canonical face", () => {
  it("has 468 points in left-right pairs, and axes of the head frame", () => {
    expect(face.vertices.length).toBe(468 * 3);
    expect(face.triangles.length).toBe(898 * 3);
    expect([...face.mirror].every((other, i) => face.mirror[other] === i)).toBe(true);
    expect([...face.mirror].filter((other, i) => other === i).length).toBe(28);
    expect(face.mirror[33]).toBe(263);
    expect(face.mirror[61]).toBe(291);
    expect(face.mirror[469]).toBe(476);
    // The picture's left eye lies left, the chin lies below the brow, the nose tip in front.
    expect(face.vertices[3 * 33]).toBeLessThan(0);
    expect(face.vertices[3 * 152 + 1]).toBeGreaterThan(face.vertices[3 * 10 + 1]!);
    expect(face.vertices[3 * 1 + 2]).toBeLessThan(face.vertices[3 * 33 + 2]!);
    expect([...face.poseWeights].filter((w) => w > 0).length).toBe(33);
  });
});

describe("fitHeadPose", () => {
  it("finds the rotation that the face was drawn with", () => {
    const angle = fc.double({ min: -0.7, max: 0.7, noNaN: true });
    fc.assert(
      fc.property(angle, angle, fc.double({ min: -3, max: 3, noNaN: true }), (yaw, pitch, roll) => {
        const rotation = rotationOf(yaw, pitch, roll);
        const frame = {
          originX: 400,
          originY: 300,
          eyeDistance: 120,
          rotation,
          cameraDistance: CAMERA_DISTANCE,
        };
        const pose = fitHeadPose(project(frame), face);
        expect(pose.angles.yaw).toBeCloseTo(yaw, 2);
        expect(pose.angles.pitch).toBeCloseTo(pitch, 2);
        expect(pose.angles.roll).toBeCloseTo(roll, 2);
        expect(Math.abs(pose.head.eyeDistance / 120 - 1)).toBeLessThan(0.03);
        expect(pose.residual).toBeLessThan(0.02);
      }),
      { numRuns: 60 },
    );
  });

  it("counts depth from between the eyes", () => {
    const rotation = rotationOf(0.2, 0.1, 0);
    const frame = { originX: 400, originY: 300, eyeDistance: 120, rotation, cameraDistance: CAMERA_DISTANCE };
    const { landmarks } = fitHeadPose(project(frame), face);
    const corners = [33, 133, 362, 263].map((id) => landmarks[3 * id + 2]!);
    expect(corners.reduce((sum, z) => sum + z, 0)).toBeCloseTo(0, 2);
  });

  it("names turns as the rig does", () => {
    expect(anglesOf(rotationOf(0.3, 0, 0)).yaw).toBeCloseTo(0.3, 9);
    // Yaw > 0 moves the nose (in front of the origin, z < 0) to the picture's right, pitch > 0 moves it down.
    const nose = { x: 0, y: 0, z: -1 };
    const frame = { originX: 0, originY: 0, eyeDistance: 1, cameraDistance: CAMERA_DISTANCE };
    expect(headToCamera({ ...frame, rotation: rotationOf(0.3, 0, 0) }, nose).x).toBeGreaterThan(0.2);
    expect(headToCamera({ ...frame, rotation: rotationOf(0, 0.3, 0) }, nose).y).toBeGreaterThan(0.2);
    // Roll > 0 is clockwise: the right side of the head goes down.
    expect(
      headToCamera({ ...frame, rotation: rotationOf(0, 0, 0.3) }, { x: 1, y: 0, z: 0 }).y,
    ).toBeGreaterThan(0.2);
  });
});
