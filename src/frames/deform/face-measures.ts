import type { Rig } from "../../portrait/index.js";
import { cameraToHead, photoToCamera, type Vector3 } from "../../shared/head-frame.js";
import { clamp } from "../../shared/numeric.js";
import { curveAt } from "./curve-at.js";

/** The 36 mesh points of the face's outline, in order. */
const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
  150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
const BROWS = [
  [70, 63, 105, 66, 107, 46, 53, 52, 65, 55],
  [300, 293, 334, 296, 336, 276, 283, 282, 295, 285],
] as const;

type Lip = { upperInner: number; lowerInner: number; upperOuter: number; lowerOuter: number };

/** Distances on one face that the movements are scaled by; head frame. */
export type FaceMeasures = {
  readonly mouthX: number;
  /** Half the distance of the inner and outer mouth corners. */
  readonly innerHalf: number;
  readonly outerHalf: number;
  readonly corners: readonly [Vector3, Vector3];
  readonly noseBaseY: number;
  readonly brows: readonly [BrowMeasure, BrowMeasure];
  readonly browCentreX: number;
  readonly browY: number;
  readonly eyes: readonly [EyeMeasure, EyeMeasure];
  /** y of the top of each upper lid. */
  readonly eyeTop: readonly [number, number];
  /** y of the line between the lips; level beyond the corners. */
  lipLine(x: number): number;
  /** The four lip contours at x; beyond the corners those of the corner. */
  lipAt(x: number): Lip;
  /** Distance outside the face's outline (<= 0 inside) and how much the outline faces down there, `[-1, 1]`. */
  outsideFace(x: number, y: number): { distance: number; downward: number };
};

type BrowMeasure = { readonly x: number; readonly y: number; readonly halfWidth: number };
type EyeMeasure = {
  readonly x: number;
  readonly y: number;
  readonly lowerY: number;
  readonly halfWidth: number;
};

/** Head-frame position of a mesh landmark. */
export function landmarkInHead(rig: Rig, index: number): Vector3 {
  const { landmarks, head } = rig;
  const z = landmarks[index * 3 + 2]! / head.eyeDistance;
  return cameraToHead(head, photoToCamera(head, landmarks[index * 3]!, landmarks[index * 3 + 1]!, z));
}

/** Measures one face. */
export function measureDistances(rig: Rig): FaceMeasures {
  const { mouth } = rig;
  const mouthX = (mouth.cornerLeft.x + mouth.cornerRight.x) / 2;
  const innerHalf = Math.max(0.05, (mouth.cornerRight.x - mouth.cornerLeft.x) / 2);
  const outerHalf = Math.max(innerHalf, (mouth.outerCornerRight.x - mouth.outerCornerLeft.x) / 2);
  const [upperInner, lowerInner, upperOuter, lowerOuter] = [
    curveAt(mouth.x, mouth.upperInner),
    curveAt(mouth.x, mouth.lowerInner),
    curveAt(mouth.x, mouth.upperOuter),
    curveAt(mouth.x, mouth.lowerOuter),
  ];
  const brows = [measureBrow(rig, 0), measureBrow(rig, 1)] as const;
  const oval = FACE_OVAL.map((index) => landmarkInHead(rig, index));
  return {
    mouthX,
    innerHalf,
    outerHalf,
    corners: [mouth.outerCornerLeft, mouth.outerCornerRight],
    noseBaseY: mouth.noseBaseY,
    brows,
    browCentreX: (brows[0].x + brows[1].x) / 2,
    browY: (brows[0].y + brows[1].y) / 2,
    eyes: [measureEye(rig, 0), measureEye(rig, 1)],
    eyeTop: [Math.min(...rig.eyes[0].upperLid), Math.min(...rig.eyes[1].upperLid)],
    lipLine: (x) => (upperInner(x) + lowerInner(x)) / 2,
    lipAt: (x) => ({
      upperInner: upperInner(x),
      lowerInner: lowerInner(x),
      upperOuter: upperOuter(x),
      lowerOuter: lowerOuter(x),
    }),
    outsideFace: (x, y) => outsidePolygon(oval, x, y),
  };
}

function measureBrow(rig: Rig, side: 0 | 1): BrowMeasure {
  const points = BROWS[side].map((index) => landmarkInHead(rig, index));
  const xs = points.map((p) => p.x);
  const y = points.reduce((sum, p) => sum + p.y, 0) / points.length;
  const left = Math.min(...xs);
  const right = Math.max(...xs);
  return { x: (left + right) / 2, y, halfWidth: Math.max(0.1, (right - left) / 2) };
}

function measureEye(rig: Rig, side: 0 | 1): EyeMeasure {
  const eye = rig.eyes[side];
  return {
    x: (eye.cornerLeft.x + eye.cornerRight.x) / 2,
    y: (eye.cornerLeft.y + eye.cornerRight.y) / 2,
    lowerY: Math.max(...eye.lowerLid),
    halfWidth: Math.max(0.08, (eye.cornerRight.x - eye.cornerLeft.x) / 2),
  };
}

function outsidePolygon(
  polygon: readonly Vector3[],
  x: number,
  y: number,
): { distance: number; downward: number } {
  let inside = false;
  let best = Number.POSITIVE_INFINITY;
  let downward = 0;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[j]!;
    const b = polygon[i]!;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
    const ex = b.x - a.x;
    const ey = b.y - a.y;
    const f = clamp(((x - a.x) * ex + (y - a.y) * ey) / Math.max(1e-9, ex * ex + ey * ey), 0, 1);
    const px = x - a.x - f * ex;
    const py = y - a.y - f * ey;
    const d = Math.sqrt(px * px + py * py);
    if (d < best) {
      best = d;
      downward = d > 1e-9 ? py / d : 0;
    }
  }
  return inside ? { distance: -best, downward: -downward } : { distance: best, downward };
}
