import sharp from "sharp";
import { smoothstep } from "../shared/numeric.js";

/** A rectangle on the plate, plate pixels. */
export type Rectangle = { left: number; top: number; width: number; height: number };

/** Size of the plate, and the part of it around the frame that only motion brings into view. */
type PlateSize = { readonly width: number; readonly height: number; readonly margin: number };

/**
 * A plate without the photo: what is seen beyond the photo's borders. That is a strongly blurred continuation of them,
 * which joins without a line; or plain white for a picture that ends in white already.
 *
 * @param scaled - the photo at the plate's density, `at.width * at.height * 3`
 * @param at - where it will lie
 * @param endsInWhite - true where white shall go on
 */
export async function continuePhoto(
  scaled: Uint8Array,
  at: Rectangle,
  size: PlateSize,
  endsInWhite: boolean,
): Promise<Uint8Array> {
  if (endsInWhite) return new Uint8Array(size.width * size.height * 3).fill(255);
  const rgb = await continuation(scaled, at, size.width, size.height);
  softenBorder(rgb, scaled, at, size);
  return rgb;
}

/**
 * Changes a mirrored continuation into a stretched one with the distance from the photo: a mirror image joins without
 * a line, but farther out it would show the person a second time.
 */
function fadeOutwards(
  mirrored: Buffer,
  stretched: Buffer,
  size: { readonly width: number; readonly height: number },
  photo: Rectangle,
): void {
  const reach = Math.min(photo.width, photo.height) / 7;
  for (let y = 0; y < size.height; y++) {
    const outY = Math.max(photo.top - y, y - photo.top - photo.height + 1, 0);
    for (let x = 0; x < size.width; x++) {
      const outX = Math.max(photo.left - x, x - photo.left - photo.width + 1, 0);
      const share = smoothstep(0.2, 1, Math.max(outX, outY) / reach);
      if (share === 0) continue;
      for (let c = 0, at = (y * size.width + x) * 3; c < 3; c++, at++) {
        mirrored[at] = mirrored[at]! + (stretched[at]! - mirrored[at]!) * share;
      }
    }
  }
}

/** What lies beyond the photo: a strongly blurred continuation of its borders. */
async function continuation(
  scaled: Uint8Array,
  at: Rectangle,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const shrink = 8;
  const small = {
    width: Math.max(2, Math.round(at.width / shrink)),
    height: Math.max(2, Math.round(at.height / shrink)),
  };
  const left = Math.max(0, Math.ceil(at.left / shrink));
  const top = Math.max(0, Math.ceil(at.top / shrink));
  const right = Math.max(0, Math.ceil((width - at.left - at.width) / shrink));
  const bottom = Math.max(0, Math.ceil((height - at.top - at.height) / shrink));
  const reduced = await sharp(scaled, { raw: { width: at.width, height: at.height, channels: 3 } })
    .resize(small.width, small.height, { fit: "fill" })
    .raw()
    .toBuffer();
  const extended = { width: small.width + left + right, height: small.height + top + bottom };
  const extend = (extendWith: "mirror" | "copy"): Promise<Buffer> =>
    sharp(reduced, { raw: { ...small, channels: 3 } })
      .extend({ left, top, right, bottom, extendWith })
      .raw()
      .toBuffer();
  const [mirrored, stretched] = await Promise.all([extend("mirror"), extend("copy")]);
  fadeOutwards(mirrored, stretched, extended, { left, top, ...small });
  const soft = await sharp(mirrored, { raw: { ...extended, channels: 3 } })
    .blur(Math.max(1.5, Math.min(width, height) / shrink / 16))
    .raw()
    .toBuffer();
  // A pipeline of its own: sharp would resize before it blurs.
  const blurred = await sharp(soft, { raw: { ...extended, channels: 3 } })
    .resize(extended.width * shrink, extended.height * shrink, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  const rgb = new Uint8Array(width * height * 3);
  const stride = extended.width * shrink;
  const dx = left * shrink - at.left;
  const dy = top * shrink - at.top;
  for (let y = 0; y < height; y++) {
    const row = Math.min(Math.max(y + dy, 0), extended.height * shrink - 1);
    for (let x = 0; x < width; x++) {
      const column = Math.min(Math.max(x + dx, 0), stride - 1);
      const from = (row * stride + column) * 3;
      const to = (y * width + x) * 3;
      rgb[to] = blurred[from]!;
      rgb[to + 1] = blurred[from + 1]!;
      rgb[to + 2] = blurred[from + 2]!;
    }
  }
  return rgb;
}

/** A strip beyond the photo up to this share of the frame is so narrow that it may show the photo's mirror image. */
const NARROW = 0.04;

/**
 * Beyond the photo's border the mirrored photo fades into its blurred copy, so that no line shows where the photo
 * ends. Where hardly more than the margin lies beyond, which only motion brings into view, it does not fade: hair that
 * the photo cuts off goes on as hair.
 */
function softenBorder(
  rgb: Uint8Array,
  scaled: Uint8Array,
  at: Rectangle,
  { width, height, margin }: PlateSize,
): void {
  const size = Math.min(width, height);
  const keepX = bordersKept(at.left, at.width, width, margin + NARROW * size, size / 24);
  const keepY = bordersKept(at.top, at.height, height, margin + NARROW * size, size / 24);
  for (let y = 0; y < height; y++) {
    const my = mirrored(y - at.top, at.height);
    for (let x = 0; x < width; x++) {
      const isPhoto = x >= at.left && y >= at.top && x < at.left + at.width && y < at.top + at.height;
      const keep = keepX[x]! * keepY[y]!;
      const mx = mirrored(x - at.left, at.width);
      if (isPhoto || keep === 0 || mx < 0 || my < 0 || mx >= at.width || my >= at.height) continue;
      const from = (my * at.width + mx) * 3;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) rgb[to + c] = rgb[to + c]! + (scaled[from + c]! - rgb[to + c]!) * keep;
    }
  }
}

/** Share of the mirror image along one axis: 1 in the photo and in narrow strips beside it, else fading over `reach`. */
function bordersKept(
  start: number,
  length: number,
  size: number,
  narrow: number,
  reach: number,
): Float32Array {
  const fades = [start > narrow, size - start - length > narrow] as const;
  return Float32Array.from({ length: size }, (_, i) => {
    const before = start - i;
    const after = i - start - length + 1;
    const out = before > 0 ? before : Math.max(after, 0);
    if (out === 0 || !fades[before > 0 ? 0 : 1]) return 1;
    return Math.max(0, 1 - out / reach) ** 2;
  });
}

function mirrored(k: number, size: number): number {
  return k < 0 ? -1 - k : k >= size ? 2 * size - 1 - k : k;
}
