import sharp from "sharp";
import type { Photo } from "../assets/index.js";

/**
 * The middle of a picture that covers a frame, at the frame's size: interleaved RGB, `height * width * 3` bytes.
 *
 * @param width - of the frame, pixels
 */
export async function coverFrame(photo: Photo, width: number, height: number): Promise<Uint8Array> {
  const { width: photoWidth, height: photoHeight, rgb } = photo;
  if (photoWidth === width && photoHeight === height) return rgb;
  const { data } = await sharp(rgb, { raw: { width: photoWidth, height: photoHeight, channels: 3 } })
    .resize(width, height, { fit: "cover", position: "centre", kernel: "lanczos3" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
