import sharp from "sharp";
import type { Frame, Framing } from "../../src/frames/index.js";
import type { Rig } from "../../src/portrait/index.js";
import { clamp } from "../../src/shared/numeric.js";
import { frameToRgb } from "../../src/video/frame-to-rgb.js";

/** A rectangle of a frame, pixels. */
export type Crop = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

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
  const { data, width, height, channels } = frameToRgb(frame);
  return sharp(data, { raw: { width, height, channels } })
    .extract(crop)
    .resize(size, Math.round((size * crop.height) / crop.width), { kernel: "lanczos3" })
    .png()
    .toBuffer();
}
