import type { Rig } from "../../portrait/index.js";
import { smoothstep } from "../../shared/numeric.js";
import type { FaceMeasures } from "./face-measures.js";
import { createFacePoints, displaceFace, type FacePoints } from "./face-points.js";
import { type FaceState, openingProfile } from "./face-state.js";

/** Below this gap the lips follow their targets more and more exactly; eye distances. */
const NEARLY_CLOSED = 0.03;

/**
 * Makes the gap between the lips exactly what the performance asks for.
 *
 * Every other movement (jaw, smile, rounding …) is applied to the lip edges first; what is then missing is given to
 * the lips themselves. So a closed mouth is closed on every face, whatever the rest does.
 */
export class LipController {
  /** Displaced lip edges of the current frame, head frame. */
  readonly upper: LipEdge;
  readonly lower: LipEdge;
  private readonly smoothing: Float32Array;

  constructor(
    private readonly rig: Rig,
    measures: FaceMeasures,
  ) {
    const { mouth } = rig;
    this.smoothing = new Float32Array(mouth.x.length);
    this.upper = createEdge(createFacePoints(rig, measures, mouth.x, mouth.upperInner, mouth.z, "upper"));
    this.lower = createEdge(createFacePoints(rig, measures, mouth.x, mouth.lowerInner, mouth.z, "lower"));
  }

  /** Solves the offsets of both lips and places the edges. */
  solve(state: FaceState): void {
    const { mouth } = this.rig;
    const { upper, lower } = this;
    displaceFace(upper.points, state, upper.dx, upper.dy, upper.dz, false);
    displaceFace(lower.points, state, lower.dx, lower.dy, lower.dz, false);
    const last = mouth.x.length - 1;
    const cover = 0.3 + 0.2 * state.round;
    for (let i = 0; i <= last; i++) {
      const own = mouth.lowerInner[i]! - mouth.upperInner[i]!;
      const moved = own + lower.dy[i]! - upper.dy[i]!;
      const profile = openingProfile((2 * i) / last - 1, state.round);
      const raise = -state.lift * Math.max(0, state.gapCentre - mouth.gap) * profile;
      const lowering = cover * Math.max(0, own - state.gap[i]!);
      state.upperOffset[i] = raise + lowering;
      state.lowerOffset[i] = state.gap[i]! - moved + state.upperOffset[i]!;
    }
    this.smooth(state.upperOffset);
    this.smooth(state.lowerOffset);
    const exact = 1 - smoothstep(0, NEARLY_CLOSED, state.gapCentre);
    // Smoothing must not reopen a closed mouth: the lower lip takes up what the upper lip's smoothing changed.
    for (let i = 0; i <= last; i++) {
      const own = mouth.lowerInner[i]! - mouth.upperInner[i]!;
      const without = own + lower.dy[i]! - upper.dy[i]! - state.upperOffset[i]!;
      const smoothed = Math.max(state.lowerOffset[i]!, -without);
      state.lowerOffset[i] = smoothed + (state.gap[i]! - without - smoothed) * exact;
    }
    displaceFace(upper.points, state, upper.dx, upper.dy, upper.dz, true);
    displaceFace(lower.points, state, lower.dx, lower.dy, lower.dz, true);
    for (let i = 0; i <= last; i++) {
      upper.x[i] = mouth.x[i]! + upper.dx[i]!;
      upper.y[i] = mouth.upperInner[i]! + upper.dy[i]!;
      lower.x[i] = mouth.x[i]! + lower.dx[i]!;
      lower.y[i] = mouth.lowerInner[i]! + lower.dy[i]!;
    }
  }

  private smooth(values: Float32Array): void {
    const { smoothing } = this;
    values[0] = 0;
    const last = values.length - 1;
    values[last] = 0;
    for (let pass = 0; pass < 4; pass++) {
      smoothing.set(values);
      for (let i = 1; i < last; i++) {
        values[i] = (smoothing[i - 1]! + 2 * smoothing[i]! + smoothing[i + 1]!) / 4;
      }
    }
  }
}

/** One lip edge: rest points, displacement and position. */
export type LipEdge = {
  readonly points: FacePoints;
  readonly dx: Float32Array;
  readonly dy: Float32Array;
  readonly dz: Float32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
};

function createEdge(points: FacePoints): LipEdge {
  const make = (): Float32Array => new Float32Array(points.count);
  return { points, dx: make(), dy: make(), dz: make(), x: make(), y: make() };
}
