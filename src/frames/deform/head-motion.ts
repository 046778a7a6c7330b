import type { FacePose } from "../../performance/index.js";
import type { HeadFrame } from "../../shared/head-frame.js";
import { smoothstep } from "../../shared/numeric.js";

/** Centre of the head's rotation, near the top of the spine; head frame. */
const PIVOT_Y = 1.25;
const PIVOT_Z = 1.15;
/** Centre of the body's own tilt, in the chest; head frame. */
const CHEST_Y = 4.5;
/** Rise of the chest at full breath, eye distances. */
const BREATH_RISE = 0.02;

/** Points that move with head and body, with how strongly they do. Positions in the head frame. */
export type MovingPoints = {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** 1 on the head, 0 on the shoulders. */
  readonly headWeight: Float32Array;
  /** 1 on the chest, 0 on the head. */
  readonly breathWeight: Float32Array;
  /** How freely hair hangs there: 0 off the hair and at its roots, 1 at the tips of long hair; null without any. */
  readonly hairWeight?: Float32Array | null;
};

/** Rigid motion of head and body in one frame; maps head-frame points to frame pixels. */
export class HeadMotion {
  private yaw = 0;
  private pitch = 0;
  private roll = 0;
  private shiftX = 0;
  private shiftY = 0;
  private bodyX = 0;
  private bodyY = 0;
  private bodyRoll = 0;
  private hairX = 0;
  private hairY = 0;
  private breath = 0;
  private readonly r: readonly number[];
  private readonly whole = new Float64Array(12);
  private readonly turned = new Float64Array(3);

  /**
   * @param frame - the head in the photo
   * @param scaleX - video pixels per photo pixel
   * @param offsetX - video position of photo pixel 0
   * @param angles - how far the head is turned in the photo, radians
   */
  constructor(
    private readonly frame: HeadFrame,
    private readonly scaleX: number,
    private readonly scaleY: number,
    private readonly offsetX: number,
    private readonly offsetY: number,
    private readonly angles: { readonly yaw: number; readonly pitch: number } = { yaw: 0, pitch: 0 },
  ) {
    this.r = frame.rotation;
  }

  /** Takes the rigid part of a pose; `amount` scales all motion. */
  set(pose: FacePose, amount: number): void {
    this.yaw = restrain(pose.headYaw * amount, this.angles.yaw);
    this.pitch = restrain(pose.headPitch * amount, this.angles.pitch);
    this.roll = pose.headRoll * amount;
    this.shiftX = pose.headX * amount;
    this.shiftY = pose.headY * amount;
    this.bodyX = pose.bodyX * amount;
    this.bodyY = pose.bodyY * amount;
    this.bodyRoll = pose.bodyRoll * amount;
    this.hairX = pose.hairX * amount;
    this.hairY = pose.hairY * amount;
    this.breath = pose.breath;
    this.solveWhole();
  }

  /**
   * Moves points (the `chosen` ones, plus a displacement of their own) and projects them: x, y in frame pixels, depth in eye distances,
   * written to `out` at `stride` floats per point.
   */
  project(
    points: MovingPoints,
    chosen: Int32Array | null,
    dx: Float32Array | null,
    dy: Float32Array | null,
    dz: Float32Array | null,
    out: Float32Array,
    stride: number,
  ): void {
    const { frame, r, whole } = this;
    const distance = frame.cameraDistance;
    const focal = frame.eyeDistance * distance;
    const scaleX = focal * this.scaleX;
    const scaleY = focal * this.scaleY;
    const originX = frame.originX * this.scaleX + this.offsetX;
    const originY = frame.originY * this.scaleY + this.offsetY;
    const hair = points.hairWeight ?? null;
    const count = chosen === null ? points.count : chosen.length;
    for (let n = 0; n < count; n++) {
      const i = chosen === null ? n : chosen[n]!;
      const w = points.headWeight[i]!;
      let x = points.x[i]!;
      let y = points.y[i]!;
      let z = points.z[i]!;
      if (dx !== null && dy !== null && dz !== null) {
        x += dx[i]!;
        y += dy[i]!;
        z += dz[i]!;
      }
      if (hair !== null && hair[i]! > 0) {
        x += this.hairX * hair[i]!;
        y += this.hairY * hair[i]!;
      }
      let cameraX: number;
      let cameraY: number;
      let cameraZ: number;
      if (w === 1) {
        // The whole head turns as one: a single matrix, and no breath up here.
        cameraX = whole[0]! * x + whole[1]! * y + whole[2]! * z + whole[3]!;
        cameraY = whole[4]! * x + whole[5]! * y + whole[6]! * z + whole[7]!;
        cameraZ = whole[8]! * x + whole[9]! * y + whole[10]! * z + whole[11]!;
      } else {
        const { turned } = this;
        this.turn(x, y, z, w, points.breathWeight[i]!);
        cameraX = r[0]! * turned[0]! + r[1]! * turned[1]! + r[2]! * turned[2]!;
        cameraY = r[3]! * turned[0]! + r[4]! * turned[1]! + r[5]! * turned[2]!;
        cameraZ = r[6]! * turned[0]! + r[7]! * turned[1]! + r[8]! * turned[2]!;
      }
      const k = 1 / (distance + cameraZ);
      const at = i * stride;
      out[at] = originX + cameraX * k * scaleX;
      out[at + 1] = originY + cameraY * k * scaleY;
      out[at + 2] = cameraZ;
    }
  }

  /** Slope of the line of sight in the moved head's frame: `dx/dz` and `dy/dz`. */
  sight(): { x: number; y: number } {
    const { whole } = this;
    return { x: whole[8]! / whole[10]!, y: whole[9]! / whole[10]! };
  }

  /** Moves one head-frame point that follows the head by `w`, into `turned`. */
  private turn(x: number, y: number, z: number, w: number, breathWeight: number): void {
    const { turned } = this;
    let [tx, ty, tz] = [x, y, z];
    if (w > 0) {
      const py = y - PIVOT_Y;
      const pz = z - PIVOT_Z;
      const sa = smallSine(this.pitch * w);
      const ca = smallCosine(this.pitch * w);
      const y1 = py * ca - pz * sa;
      const z1 = py * sa + pz * ca;
      const sb = smallSine(this.yaw * w);
      const cb = smallCosine(this.yaw * w);
      const x2 = x * cb - z1 * sb;
      const sc = smallSine(this.roll * w);
      const cc = smallCosine(this.roll * w);
      tx = x2 * cc - y1 * sc;
      ty = x2 * sc + y1 * cc + PIVOT_Y;
      tz = x * sb + z1 * cb + PIVOT_Z;
    }
    // The trunk tilts as a whole and carries the head; its shoulders follow the head's shift late and less.
    const fromChest = ty - CHEST_Y;
    turned[0] = tx - fromChest * this.bodyRoll + this.bodyX + (this.shiftX - this.bodyX) * w;
    turned[1] =
      ty +
      tx * this.bodyRoll +
      this.bodyY +
      (this.shiftY - this.bodyY) * w -
      this.breath * BREATH_RISE * breathWeight;
    turned[2] = tz;
  }

  /** The motion of points that follow the head fully, head frame to camera frame: three rows of four. */
  private solveWhole(): void {
    const { r, turned, whole } = this;
    this.turn(0, 0, 0, 1, 0);
    const [ox, oy, oz] = [turned[0]!, turned[1]!, turned[2]!];
    for (let axis = 0; axis < 3; axis++) {
      this.turn(axis === 0 ? 1 : 0, axis === 1 ? 1 : 0, axis === 2 ? 1 : 0, 1, 0);
      const [x, y, z] = [turned[0]! - ox, turned[1]! - oy, turned[2]! - oz];
      for (let row = 0; row < 3; row++) {
        whole[row * 4 + axis] = r[row * 3]! * x + r[row * 3 + 1]! * y + r[row * 3 + 2]! * z;
      }
    }
    for (let row = 0; row < 3; row++) {
      whole[row * 4 + 3] = r[row * 3]! * ox + r[row * 3 + 1]! * oy + r[row * 3 + 2]! * oz;
    }
  }
}

/** Turns in the photo, radians: up to the first a head may turn on freely, from the second on hardly further. */
const FREE_TURN = 0.2;
const FAR_TURN = 0.5;
/** Share of a turn that remains where the head is turned far already. */
const RESTRAINED = 0.25;

/**
 * A head that is turned away in the photo turns less in the same direction: its far cheek is seen too steeply to be
 * turned on, and would fold. Back towards the camera it moves as any other. The change between the two is gradual.
 */
function restrain(angle: number, inPhoto: number): number {
  const outwards = inPhoto < 0 ? -angle : angle;
  const share = smoothstep(FREE_TURN, FAR_TURN, Math.abs(inPhoto)) * smoothstep(-0.07, 0.07, outwards);
  return angle * (1 - (1 - RESTRAINED) * share);
}

/** sin for |a| <= .4, error below 1e-7. */
function smallSine(a: number): number {
  const q = a * a;
  return a * (1 - (q / 6) * (1 - (q / 20) * (1 - q / 42)));
}

/** cos for |a| <= .4, error below 1e-7. */
function smallCosine(a: number): number {
  const q = a * a;
  return 1 - (q / 2) * (1 - (q / 12) * (1 - (q / 30) * (1 - q / 56)));
}
