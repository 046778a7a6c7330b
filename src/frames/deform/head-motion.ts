import type { FacePose } from "../../performance/index.js";
import type { HeadFrame } from "../../shared/head-frame.js";

/** Centre of the head's rotation, near the top of the spine; head frame. */
const PIVOT_Y = 1.25;
const PIVOT_Z = 1.15;
/** Share of the head's translation that the shoulders follow. */
const BODY_SHARE = 0.3;
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
};

/** Rigid motion of head and body in one frame; maps head-frame points to frame pixels. */
export class HeadMotion {
  private yaw = 0;
  private pitch = 0;
  private roll = 0;
  private shiftX = 0;
  private shiftY = 0;
  private breath = 0;
  private readonly r: readonly number[];

  /**
   * @param frame - the head in the photo
   * @param scaleX - video pixels per photo pixel
   * @param offsetX - video position of photo pixel 0
   */
  constructor(
    private readonly frame: HeadFrame,
    private readonly scaleX: number,
    private readonly scaleY: number,
    private readonly offsetX: number,
    private readonly offsetY: number,
  ) {
    this.r = frame.rotation;
  }

  /** Takes the rigid part of a pose; `amount` scales all motion. */
  set(pose: FacePose, amount: number): void {
    this.yaw = pose.headYaw * amount;
    this.pitch = pose.headPitch * amount;
    this.roll = pose.headRoll * amount;
    this.shiftX = pose.headX * amount;
    this.shiftY = pose.headY * amount;
    this.breath = pose.breath;
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
    const { frame, r } = this;
    const distance = frame.cameraDistance;
    const focal = frame.eyeDistance * distance;
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
      if (w > 0) {
        const py = y - PIVOT_Y;
        const pz = z - PIVOT_Z;
        const a = this.pitch * w;
        const sa = smallSine(a);
        const ca = smallCosine(a);
        const y1 = py * ca - pz * sa;
        const z1 = py * sa + pz * ca;
        const b = this.yaw * w;
        const sb = smallSine(b);
        const cb = smallCosine(b);
        const x2 = x * cb - z1 * sb;
        const z2 = x * sb + z1 * cb;
        const c = this.roll * w;
        const sc = smallSine(c);
        const cc = smallCosine(c);
        x = x2 * cc - y1 * sc;
        y = x2 * sc + y1 * cc + PIVOT_Y;
        z = z2 + PIVOT_Z;
      }
      const follow = w + BODY_SHARE * (1 - w);
      x += this.shiftX * follow;
      y += this.shiftY * follow - this.breath * BREATH_RISE * points.breathWeight[i]!;
      const cameraX = r[0]! * x + r[1]! * y + r[2]! * z;
      const cameraY = r[3]! * x + r[4]! * y + r[5]! * z;
      const cameraZ = r[6]! * x + r[7]! * y + r[8]! * z;
      const k = focal / (distance + cameraZ);
      const at = i * stride;
      out[at] = (frame.originX + cameraX * k) * this.scaleX + this.offsetX;
      out[at + 1] = (frame.originY + cameraY * k) * this.scaleY + this.offsetY;
      out[at + 2] = cameraZ;
    }
  }
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
