import sharp from "sharp";
import type { Frame } from "../frames/index.js";
import { frameToRgb, type RgbPicture } from "./frame-to-rgb.js";

/** Of a JPEG: what is lost is not seen. */
const JPEG_QUALITY = 90;

/** A picture file in memory. */
export type StillFile = { readonly bytes: Buffer; readonly contentType: string; readonly extension: string };

/**
 * Takes one frame as a picture of its own: JPEG, or PNG where it is transparent. The frame may be drawn over when the
 * call returns.
 */
export function takeStill(frame: Frame): Promise<StillFile> {
  const picture = frameToRgb(frame);
  return encode(picture);
}

async function encode({ data, width, height, channels }: RgbPicture): Promise<StillFile> {
  const image = sharp(data, { raw: { width, height, channels } });
  if (channels === 4) {
    const bytes = await image.png({ compressionLevel: 7 }).toBuffer();
    return { bytes, contentType: "image/png", extension: "png" };
  }
  const bytes = await image.jpeg({ quality: JPEG_QUALITY }).toBuffer();
  return { bytes, contentType: "image/jpeg", extension: "jpg" };
}
