import sharp from "sharp";
import type { Frame, Framing } from "../../src/frames/index.js";
import type { Rig } from "../../src/portrait/index.js";
import { clamp } from "../../src/shared/numeric.js";

/** A rectangle of a frame, pixels. */
export type Crop = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

/** Interleaved RGB of a frame: BT.709, limited range, chroma sited to the left and interpolated. */
export function frameToRgb(frame: Frame): Buffer {
  const { width, height } = frame;
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const luma = 1.164384 * (frame.y[y * width + x]! - 16);
      const u = chromaAt(frame.u, width / 2, height / 2, x, y) - 128;
      const v = chromaAt(frame.v, width / 2, height / 2, x, y) - 128;
      const at = (y * width + x) * 3;
      rgb[at] = clamp(Math.round(luma + 1.792741 * v), 0, 255);
      rgb[at + 1] = clamp(Math.round(luma - 0.213249 * u - 0.532909 * v), 0, 255);
      rgb[at + 2] = clamp(Math.round(luma + 2.112402 * u), 0, 255);
    }
  }
  return rgb;
}

function chromaAt(plane: Uint8Array, width: number, height: number, x: number, y: number): number {
  const cx = x / 2;
  const cy = clamp(y / 2 - 0.25, 0, height - 1);
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const top = plane[y0 * width + x0]! * (1 - (cx - x0)) + plane[y0 * width + x1]! * (cx - x0);
  const bottom = plane[y1 * width + x0]! * (1 - (cx - x0)) + plane[y1 * width + x1]! * (cx - x0);
  return top * (1 - (cy - y0)) + bottom * (cy - y0);
}

/** What of a frame a picture shows. */
export const REGIONS = ["face", "mouth", "eyes", "frame"] as const;
export type Region = (typeof REGIONS)[number];

/** A region of the face inside the frame. */
export function cropOf(region: Region, rig: Rig, framing: Framing): Crop {
  if (region === "mouth") return around(rig, framing, MOUTH_POINTS, 1.9, 1);
  if (region === "eyes") return around(rig, framing, EYE_POINTS, 1.3, 0.42);
  if (region === "face") return around(rig, framing, null, 1.35, 1);
  return { left: 0, top: 0, width: framing.width, height: framing.height };
}

/** Nose base, chin and mouth corners; outer eye corners and brows. */
const MOUTH_POINTS = [2, 61, 291, 17] as const;
const EYE_POINTS = [33, 263, 70, 300, 105, 334, 145, 374] as const;

/** A rectangle around mesh points: `room` times their extent wide, `shape` times as high. */
function around(
  rig: Rig,
  framing: Framing,
  points: readonly number[] | null,
  room: number,
  shape: number,
): Crop {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (const i of points ?? Array.from({ length: rig.landmarks.length / 3 }, (_, k) => k)) {
    const x = (rig.landmarks[3 * i]! - framing.left) * framing.scale;
    const y = (rig.landmarks[3 * i + 1]! - framing.top) * framing.scale;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const wanted = Math.max(right - left, shape === 1 ? bottom - top : 0) * room;
  const width = Math.max(16, Math.floor(Math.min(wanted, framing.width, framing.height)));
  const height = Math.max(8, Math.floor(width * shape));
  return {
    left: Math.round(clamp((left + right - width) / 2, 0, framing.width - width)),
    top: Math.round(clamp((top + bottom - height) / 2, 0, framing.height - height)),
    width,
    height,
  };
}

/** A crop of a frame as a PNG, `size` pixels wide. */
export async function cropPicture(frame: Frame, crop: Crop, size: number): Promise<Buffer> {
  return sharp(frameToRgb(frame), { raw: { width: frame.width, height: frame.height, channels: 3 } })
    .extract(crop)
    .resize(size, Math.round((size * crop.height) / crop.width), { kernel: "lanczos3" })
    .png()
    .toBuffer();
}
