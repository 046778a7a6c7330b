import type { FacePose } from "../../performance/index.js";
import type { Mouth } from "../../portrait/index.js";
import { clamp, lerp } from "../../shared/numeric.js";
import { cos, sin } from "../../shared/portable-math.js";

/**
 * What the curves mean for one face in one frame: the same pose opens a closed mouth and narrows a smiling one.
 * Lengths in eye distances, angles in radians, relative to the photo.
 */
export type FaceState = {
  jaw: number;
  jawSin: number;
  /** cos(jaw) - 1 */
  jawCos1: number;
  /** Mouth width minus one. */
  width: number;
  /** Thickening of the lips as the mouth narrows. */
  thickness: number;
  protrusion: number;
  /** Roundness of the opening, `[0, 1]`. */
  round: number;
  roll: number;
  press: number;
  lift: number;
  smileLeft: number;
  smileRight: number;
  browLeft: number;
  browRight: number;
  knit: number;
  /** Raise of the brows' inner ends. */
  browInner: number;
  squint: number;
  /** How far the photo's smile has gone from the cheeks, `[0, 1]`. */
  unsmile: number;
  /** Target gap between the lips at each lip sample. */
  readonly gap: Float32Array;
  /** Target gap at the centre. */
  gapCentre: number;
  /** Vertical correction of the upper and lower lip at each sample, set by the lip controller. */
  readonly upperOffset: Float32Array;
  readonly lowerOffset: Float32Array;
};

/** A state to be filled by {@link updateFaceState}. */
export function createFaceState(mouth: Mouth): FaceState {
  const samples = mouth.x.length;
  return {
    jaw: 0,
    jawSin: 0,
    jawCos1: 0,
    width: 0,
    thickness: 0,
    protrusion: 0,
    round: 0,
    roll: 0,
    press: 0,
    lift: 0,
    smileLeft: 0,
    smileRight: 0,
    browLeft: 0,
    browRight: 0,
    knit: 0,
    browInner: 0,
    squint: 0,
    unsmile: 0,
    gap: new Float32Array(samples),
    gapCentre: 0,
    upperOffset: new Float32Array(samples),
    lowerOffset: new Float32Array(samples),
  };
}

/** How far the jaw already hangs open in the photo, radians. */
export function restJaw(mouth: Mouth): number {
  if (!mouth.isOpen) return 0;
  const middle = mouth.x.length >> 1;
  const tip = mouth.toothEdge?.[middle] ?? mouth.upperInner[middle]! + mouth.gap * 0.4;
  const degrees = clamp(((mouth.lowerInner[middle]! - tip + 0.025) / 0.0157) * 0.8, 1, 8);
  return (degrees * Math.PI) / 180;
}

/** Turns the pose of one frame into the state of this face. */
export function updateFaceState(
  state: FaceState,
  pose: FacePose,
  mouth: Mouth,
  jawAtRest: number,
  scale: number,
): void {
  const speaking = clamp(pose.articulation, 0, 1);
  const photoGap = mouth.isOpen ? mouth.gap : 0;
  const toothy = Math.min(1, photoGap / 0.15);
  const rounded = Math.max(pose.protrusion, pose.round);
  const relax = -toothy * lerp(0.35, 0.75, clamp(rounded, 0, 1)) * speaking;
  // A broad smile made broader turns into a grimace.
  const addedSmile = 1 - toothy;
  state.smileLeft = (pose.smileLeft > 0 ? pose.smileLeft * addedSmile : pose.smileLeft) + relax;
  state.smileRight = (pose.smileRight > 0 ? pose.smileRight * addedSmile : pose.smileRight) + relax;
  state.jaw = speaking * (pose.jaw * scale - jawAtRest);
  state.jawSin = sin(state.jaw);
  state.jawCos1 = cos(state.jaw) - 1;
  const width = 1 + (pose.mouthWidth - 1) * speaking * (mouth.isOpen ? 0.6 : 1);
  state.width = width - 1;
  state.thickness = 0.8 * (1 / Math.sqrt(width) - 1);
  state.protrusion = pose.protrusion * speaking;
  const gap = openGap(pose.lipGap * scale, photoGap);
  state.round = Math.max(pose.round * speaking, 0.5 * Math.min(1, (gap * speaking) / 0.3));
  state.roll = pose.lowerLipRoll * speaking;
  state.press = pose.lipPress * speaking;
  state.lift = pose.upperLipLift;
  state.browLeft = pose.browLeft;
  state.browRight = pose.browRight;
  state.knit = pose.browKnit;
  state.browInner = pose.browInner;
  state.squint = pose.squint;
  const spread = clamp((pose.mouthWidth - 1) / 0.1, 0, 1);
  const smiling = clamp(1.3 * mouth.smile, 0, 1) * (0.6 + 0.4 * clamp(rounded, 0, 1) - 0.25 * spread);
  state.unsmile = speaking * Math.max(smiling, clamp(-2.4 * state.width, 0, 0.6));
  fillGap(state, mouth, photoGap, gap, speaking, pose.mouthSkew);
}

/** Wide vowels on a smiling photo open further than the smile itself. */
function openGap(gap: number, photoGap: number): number {
  const wide = clamp((gap - 0.13) / 0.11, 0, 1);
  return gap + wide * Math.max(0, photoGap + 0.06 - 0.24);
}

function fillGap(
  state: FaceState,
  mouth: Mouth,
  photoGap: number,
  gap: number,
  speaking: number,
  skew: number,
): void {
  const last = mouth.x.length - 1;
  for (let i = 0; i <= last; i++) {
    const t = (2 * i) / last - 1;
    const own = mouth.lowerInner[i]! - mouth.upperInner[i]!;
    const profile = openingProfile(t, state.round);
    const target =
      photoGap > 0
        ? gap <= photoGap
          ? (own * gap) / photoGap
          : own + (gap - photoGap) * profile
        : gap * profile;
    // Nobody's mouth opens alike on both sides; closed lips stay closed.
    state.gap[i] = lerp(own, target * (1 + skew * t), speaking);
  }
  state.gapCentre = lerp(photoGap, gap, speaking);
}

/** Shape of the opening across the mouth: 1 in the middle, 0 in the corners, fuller when round. */
export function openingProfile(t: number, round: number): number {
  const q = 1 - t * t;
  if (q <= 0) return 0;
  // (1-t^2)^.95 and (1-t^2)^.62 through square roots, which every machine rounds alike.
  const root = Math.sqrt(q);
  const fourth = Math.sqrt(root);
  const lens = q * (1 + 0.05 * (1 - fourth));
  const full = root * fourth * 0.5 + root * 0.5;
  return lerp(lens, full, round);
}
