import type { Rig } from "../../portrait/index.js";
import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import { gauss } from "../../shared/portable-math.js";
import type { FaceMeasures } from "./face-measures.js";
import { type FaceState, openingProfile } from "./face-state.js";

/** Which lip a point belongs to: the skin above the mouth line moves with the upper lip, below with the lower. */
export type Side = "upper" | "lower";

const JAW_PIVOT_Y = 0.61;
const JAW_PIVOT_Z = 1.14;

/**
 * A set of points on the face with everything that does not change from frame to frame: how strongly each
 * movement reaches each point. Positions are in the head frame.
 */
export type FacePoints = {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** {@link TERMS} values per point. */
  readonly terms: Float32Array;
  readonly isUpper: Uint8Array;
  /** Points that nothing on the face moves. */
  readonly isIdle: Uint8Array;
};

/** Order of the values in `FacePoints.terms`. */
const TERMS = 22;
const JAW = 0;
const LENS = 1;
const FULL = 2;
const WIDTH = 3;
const THICKNESS = 4;
const PROTRUSION = 5;
const ROLL = 6;
const PRESS = 7;
const SMILE_X_LEFT = 8;
const SMILE_X_RIGHT = 9;
const SMILE_Y_LEFT = 10;
const SMILE_Y_RIGHT = 11;
const SMILE_Z_LEFT = 12;
const SMILE_Z_RIGHT = 13;
const CONTROL = 14;
const LIP_POSITION = 15;
const BROW_LEFT = 16;
const BROW_RIGHT = 17;
const KNIT = 18;
const SQUINT = 19;
const BROW_INNER = 20;
const FACE = 21;

/** Distance of the brows' inner ends from the middle, eye distances. */
const INNER_BROW = 0.2;

/** Prepares points at head-frame positions. `sideOf` overrides the rule that the mouth line divides the sides. */
export function createFacePoints(
  rig: Rig,
  measures: FaceMeasures,
  x: Float32Array,
  y: Float32Array,
  z: Float32Array,
  sideOf?: Side,
): FacePoints {
  const count = x.length;
  const terms = new Float32Array(count * TERMS);
  const isUpper = new Uint8Array(count);
  const isIdle = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const upper = sideOf === undefined ? y[i]! < measures.lipLine(x[i]!) : sideOf === "upper";
    isUpper[i] = upper ? 1 : 0;
    isIdle[i] = 1;
    fillMouthTerms(terms, i * TERMS, rig, measures, x[i]!, y[i]!, upper);
    fillUpperFaceTerms(terms, i * TERMS, measures, x[i]!, y[i]!);
    if (isMoved(terms, i * TERMS)) isIdle[i] = 0;
  }
  return { count, x, y, z, terms, isUpper, isIdle };
}

/** Whether any movement reaches a point by more than a fiftieth of a pixel at 300 pixels per eye distance. */
function isMoved(terms: Float32Array, at: number): boolean {
  if (terms[at + FACE]! > 0 && terms[at + JAW]! > 1e-3) return true;
  for (let k = WIDTH; k < FACE; k++) {
    if (k !== LIP_POSITION && Math.abs(terms[at + k]!) > 6e-5) return true;
  }
  return false;
}

function fillMouthTerms(
  terms: Float32Array,
  at: number,
  rig: Rig,
  m: FaceMeasures,
  x: number,
  y: number,
  upper: boolean,
): void {
  const { mouth } = rig;
  const lip = m.lipAt(x);
  const t = (x - m.mouthX) / m.innerHalf;
  const v = upper ? lip.upperInner - y : y - lip.lowerInner;
  const outward = Math.max(0, v);
  const thickness = upper ? lip.upperInner - lip.upperOuter : lip.lowerOuter - lip.lowerInner;
  terms[at + JAW] = jawWeight(rig, m, x, y);
  terms[at + FACE] = faceWeight(m, x, y);
  terms[at + LENS] = openingProfile(t, 0);
  terms[at + FULL] = openingProfile(t, 1);

  const beyond = Math.abs(x - m.mouthX) - m.outerHalf;
  const lateral =
    beyond <= 0 ? x - m.mouthX : Math.sign(x - m.mouthX) * m.outerHalf * (1 - smoothstep(0, 0.62, beyond));
  const lineDistance = y - m.lipLine(x);
  terms[at + WIDTH] = lateral * gauss(lineDistance / (lineDistance < 0 ? 0.27 : 0.42));
  const q = 1 - t * t;
  const taper = q > 0 ? Math.sqrt(q) : 0;
  const direction = upper ? -1 : 1;
  const inLip = Math.min(outward, thickness);
  const lipFade = 1 - smoothstep(thickness, thickness + 0.3, outward);
  terms[at + THICKNESS] = direction * inLip * taper * lipFade;
  terms[at + PROTRUSION] = -0.15 * gauss((x - m.mouthX) / 0.36) * gauss(outward / (upper ? 0.24 : 0.32));
  terms[at + ROLL] = upper ? 0 : -0.45 * inLip * taper * lipFade;
  terms[at + PRESS] = -direction * 0.18 * inLip * taper * lipFade;

  fillSmile(terms, at, m, x, y);

  const philtrum = Math.max(0.05, lip.upperOuter - mouth.noseBaseY);
  terms[at + CONTROL] = upper
    ? 1 - smoothstep(0.8 * thickness, thickness + 0.95 * philtrum, outward)
    : 1 - smoothstep(0.8 * thickness, thickness + 0.42, outward);
  terms[at + LIP_POSITION] = clamp((t + 1) / 2, 0, 1) * (mouth.x.length - 1);
}

/** Share of the jaw's rotation that a point follows, before the lips part it (face-wide part). */
function jawWeight(rig: Rig, m: FaceMeasures, x: number, y: number): number {
  const { noseBaseY, chinY } = rig.mouth;
  const y0 = noseBaseY - 0.02 - 0.32 * smoothstep(0.4, 0.95, Math.abs(x - m.mouthX));
  return smoothstep(y0, y0 + 0.82 * (chinY - noseBaseY), y);
}

/** 1 on the face, fading outside its outline: fast to the sides, slowly down the neck. */
function faceWeight(m: FaceMeasures, x: number, y: number): number {
  const outside = m.outsideFace(x, y);
  if (outside.distance <= 0) return 1;
  const reach = lerp(0.38, 0.95, smoothstep(0.2, 0.95, outside.downward));
  return 1 - smoothstep(0, reach, outside.distance);
}

function fillSmile(terms: Float32Array, at: number, m: FaceMeasures, x: number, y: number): void {
  for (const side of [0, 1] as const) {
    const corner = m.corners[side];
    const sign = side === 0 ? -1 : 1;
    const dx = (x - corner.x) * sign;
    const dy = y - corner.y;
    const near = gauss(dx / (dx > 0 ? 0.34 : 0.36)) * gauss(dy / (dy < 0 ? 0.36 : 0.34));
    const cheek = gauss((x - corner.x - 0.18 * sign) / 0.3) * gauss((y - m.noseBaseY + 0.12) / 0.28);
    const middle = gauss((x - m.mouthX) / 0.2) * gauss((y - m.lipLine(x)) / 0.16) * 0.5;
    terms[at + (side === 0 ? SMILE_X_LEFT : SMILE_X_RIGHT)] = 0.108 * sign * near;
    terms[at + (side === 0 ? SMILE_Y_LEFT : SMILE_Y_RIGHT)] = -0.15 * near - 0.055 * cheek - 0.018 * middle;
    terms[at + (side === 0 ? SMILE_Z_LEFT : SMILE_Z_RIGHT)] = 0.11 * near;
  }
}

function fillUpperFaceTerms(terms: Float32Array, at: number, m: FaceMeasures, x: number, y: number): void {
  let squint = 0;
  let inner = 0;
  const toCentre = x - m.browCentreX;
  const fromInner = Math.max(0, Math.abs(toCentre) - INNER_BROW);
  for (const side of [0, 1] as const) {
    const brow = m.brows[side];
    const across = gauss((x - brow.x) / (brow.halfWidth * 1.25));
    const d = y - brow.y;
    // Below the brow the skin must come to rest before the lid crease.
    const along = d < 0 ? gauss(d / 0.42) : 1 - smoothstep(0.02, Math.max(0.1, m.eyeTop[side] - brow.y), d);
    terms[at + (side === 0 ? BROW_LEFT : BROW_RIGHT)] = -0.085 * across * along;
    // Both brows reach the middle of the forehead: the nearer one counts.
    inner = Math.max(inner, along * gauss(fromInner / 0.2));
    const eye = m.eyes[side];
    const below = y - eye.lowerY;
    squint +=
      gauss((x - eye.x) / (eye.halfWidth * 0.9)) *
      (below < 0 ? 1 : 1 - smoothstep(0, 0.32, below)) *
      (y > eye.y ? 1 : 0);
  }
  terms[at + BROW_INNER] = -0.07 * inner;
  terms[at + KNIT] =
    -Math.sign(toCentre) * 0.05 * gauss((Math.abs(toCentre) - 0.3) / 0.25) * gauss((y - m.browY) / 0.25);
  terms[at + SQUINT] = -0.03 * squint;
}

/** Adds the face's own movement to each point; results in `dx`, `dy`, `dz` (head frame). */
export function displaceFace(
  points: FacePoints,
  state: FaceState,
  dx: Float32Array,
  dy: Float32Array,
  dz: Float32Array,
  withLipControl: boolean,
): void {
  const { count, terms, isIdle } = points;
  for (let i = 0; i < count; i++) {
    if (isIdle[i] === 1) {
      dx[i] = dy[i] = dz[i] = 0;
      continue;
    }
    const at = i * TERMS;
    const profile = terms[at + LENS]! + (terms[at + FULL]! - terms[at + LENS]!) * state.round;
    const jawBase = terms[at + JAW]!;
    const isUpper = points.isUpper[i] === 1;
    const jaw = terms[at + FACE]! * (isUpper ? jawBase * (1 - profile) : jawBase + (1 - jawBase) * profile);
    const ry = points.y[i]! - JAW_PIVOT_Y;
    const rz = points.z[i]! - JAW_PIVOT_Z;
    const smileLeft = state.smileLeft;
    const smileRight = state.smileRight;
    let y =
      jaw * (state.jawCos1 * ry - state.jawSin * rz) +
      terms[at + THICKNESS]! * state.thickness +
      terms[at + ROLL]! * state.roll +
      terms[at + PRESS]! * state.press +
      terms[at + SMILE_Y_LEFT]! * smileLeft +
      terms[at + SMILE_Y_RIGHT]! * smileRight +
      terms[at + BROW_LEFT]! * state.browLeft +
      terms[at + BROW_RIGHT]! * state.browRight +
      terms[at + BROW_INNER]! * state.browInner +
      terms[at + SQUINT]! * state.squint;
    if (withLipControl) {
      const position = terms[at + LIP_POSITION]!;
      const k = position | 0;
      const offsets = isUpper ? state.upperOffset : state.lowerOffset;
      const a = offsets[k]!;
      const b = k + 1 < offsets.length ? offsets[k + 1]! : a;
      y += terms[at + CONTROL]! * (a + (b - a) * (position - k));
    }
    dx[i] =
      terms[at + WIDTH]! * state.width +
      terms[at + SMILE_X_LEFT]! * smileLeft +
      terms[at + SMILE_X_RIGHT]! * smileRight +
      terms[at + KNIT]! * state.knit;
    dy[i] = y;
    dz[i] =
      jaw * (state.jawSin * ry + state.jawCos1 * rz) +
      terms[at + PROTRUSION]! * state.protrusion +
      terms[at + SMILE_Z_LEFT]! * smileLeft +
      terms[at + SMILE_Z_RIGHT]! * smileRight;
  }
}
