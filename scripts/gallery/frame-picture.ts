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

/** The square around the face, with some hair and neck, inside the frame. */
export function faceCrop(rig: Rig, framing: Framing): Crop {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rig.landmarks.length; i += 3) {
    const x = (rig.landmarks[i]! - framing.left) * framing.scale;
    const y = (rig.landmarks[i + 1]! - framing.top) * framing.scale;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const wanted = Math.max(right - left, bottom - top) * 1.35;
  const side = Math.max(16, Math.floor(Math.min(wanted, framing.width, framing.height)));
  return {
    left: Math.round(clamp((left + right - side) / 2, 0, framing.width - side)),
    top: Math.round(clamp((top + bottom - side) / 2, 0, framing.height - side)),
    width: side,
    height: side,
  };
}

/** A crop of a frame as a PNG of `size` pixels. */
export async function cropPicture(frame: Frame, crop: Crop, size: number): Promise<Buffer> {
  return sharp(frameToRgb(frame), { raw: { width: frame.width, height: frame.height, channels: 3 } })
    .extract(crop)
    .resize(size, size, { kernel: "lanczos3" })
    .png()
    .toBuffer();
}
