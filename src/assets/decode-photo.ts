import sharp, { type Sharp } from "sharp";
import { AssetError, CancelledError, ParlanteError, throwIfCancelled } from "../shared/errors.js";
import type { Asset } from "./asset.js";
import { type BmpHeader, DamagedBmpError, decodeBmp, readBmpHeader, UnsupportedBmpError } from "./bmp.js";
import { DamagedHeifError, UnsupportedHeifError } from "./heif/box-reader.js";
import { type DecodeHevc, decodeHeif } from "./heif/decode-heif.js";
import { readHeif } from "./heif/read-heif.js";
import { type ImageFormat, identifyImage, unsupportedImage } from "./image-format.js";
import type { Photo } from "./photo.js";
import { missingRows } from "./truncated-jpeg.js";

/** Pixels of the largest picture that is decoded at all. */
export const MAX_PIXELS = 100_000_000;
/** Longest side of a decoded photo: more shows in no video of ours. */
export const MAX_SIDE = 4096;
/** Shortest side of a picture in which a face can be found. */
export const MIN_SIDE = 64;
/** Shortest side of a background: less is no picture. */
const MIN_BACKGROUND_SIDE = 16;
/** Longest side over shortest side. */
export const MAX_ASPECT = 8;
/** Share of the rows that may be missing from a photo that was cut in transfer. */
const MAX_MISSING_ROWS = 0.1;
const DECODE_TIMEOUT_SECONDS = 30;

export type DecodePhotoOptions = {
  /** Path of the request field, for messages, e.g. `["image_url"]`. */
  readonly field: readonly (string | number)[];
  /** What the picture is for: what limits hold, and what messages advise. @defaultValue `"portrait"` */
  readonly purpose?: PhotoPurpose;
  readonly signal?: AbortSignal;
  /** Decodes what is inside HEIC files; without it they are refused. */
  readonly decodeHevc?: DecodeHevc;
};

/** A picture that shows a face, or one that stands behind it. */
export type PhotoPurpose = "portrait" | "background";

type Field = readonly (string | number)[];
type Raw = { data: Uint8Array; width: number; height: number; channels: number };

/**
 * Decodes a picture file: upright, sRGB, 8 bit, transparency on white, no side longer than {@link MAX_SIDE}.
 *
 * The type is found in the content; the size is judged by the header, before pixels are decoded.
 *
 * @throws {@link AssetError} `unsupported_image_format`, `image_load_error`, `image_too_large`,
 * `image_too_small`, `image_aspect_ratio_error`, or `face_detection_error` when nothing is visible (of a background:
 * `image_load_error`)
 */
export async function decodePhoto(asset: Asset, options: DecodePhotoOptions): Promise<Photo> {
  const { field, signal } = options;
  throwIfCancelled(signal);
  const format = await identifyImage(asset.bytes, field);
  const warnings: string[] = [];
  const raw = await readPixels(asset.bytes, format, options, warnings);
  throwIfCancelled(signal);
  const { rgb, alpha } = flatten(raw, options);
  return {
    width: raw.width,
    height: raw.height,
    rgb,
    alpha,
    sha256: asset.sha256,
    mediaType: format.mediaType,
    warnings,
  };
}

async function readPixels(
  bytes: Uint8Array,
  format: ImageFormat,
  options: DecodePhotoOptions,
  warnings: string[],
): Promise<Raw> {
  const { field } = options;
  try {
    if (format.reader === "bmp") return await readBmp(bytes, options, warnings);
    if (format.reader === "heif") return await readHeic(bytes, options, warnings);
    return await readWithSharp(bytes, format, options, warnings);
  } catch (error) {
    // What has a field is ours; the rest says that the decoder gave up.
    if (error instanceof CancelledError || (error instanceof ParlanteError && error.details.field))
      throw error;
    if (error instanceof UnsupportedHeifError)
      throw unsupportedImage(
        field,
        `This kind of HEIC is not supported (${error.message}). Save it as JPEG.`,
      );
    if (error instanceof UnsupportedBmpError)
      throw unsupportedImage(field, `This kind of BMP is not supported (${error.message}). Save it as PNG.`);
    throw damaged(field, format, error);
  }
}

async function readBmp(bytes: Uint8Array, options: DecodePhotoOptions, warnings: string[]): Promise<Raw> {
  const header: BmpHeader = readBmpHeader(bytes);
  checkSize(header.width, header.height, options);
  const { data, width, height, channels } = decodeBmp(bytes, header);
  return finish(sharp(data, { raw: { width, height, channels } }), width, height, warnings);
}

async function readHeic(bytes: Uint8Array, options: DecodePhotoOptions, warnings: string[]): Promise<Raw> {
  const { field, decodeHevc, signal } = options;
  if (decodeHevc === undefined)
    throw unsupportedImage(field, "HEIC cannot be decoded here. Save it as JPEG.");
  const picture = readHeif(bytes);
  checkSize(picture.width, picture.height, options);
  // Tiles that lie outside the picture would cost as much as those inside.
  if (picture.streams.length * picture.tileWidth * picture.tileHeight > 2 * MAX_PIXELS)
    throw new DamagedHeifError("the tiles are larger than the picture");
  const { source, width, height } = await decodeHeif(picture, decodeHevc, signal);
  return finish(source, width, height, warnings);
}

async function readWithSharp(
  bytes: Uint8Array,
  format: ImageFormat,
  options: DecodePhotoOptions,
  warnings: string[],
): Promise<Raw> {
  // The header may be read without a limit: it costs nothing, and tells the size for the message.
  const header = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  const { width, height } = header.autoOrient;
  checkSize(width, height, options);
  if ((header.pages ?? 1) > 1)
    warnings.push("The picture is animated or has several pages; the first is used.");
  const isDeep = header.depth === "ushort" && header.icc !== undefined;
  const open = async (failOn: "error" | "none"): Promise<Sharp> => {
    const source = sharp(bytes, { limitInputPixels: MAX_PIXELS, pages: 1, failOn })
      .autoOrient()
      .timeout({ seconds: DECODE_TIMEOUT_SECONDS });
    if (!isDeep) return source;
    // Profiles of 16-bit pictures: the library takes colours to Display P3 only, and does not look at those of grey.
    return header.space === "grey16" ? sharp(await asShallowGrey(source)) : source.withIccProfile("srgb");
  };
  try {
    return await finish(await open("error"), width, height, warnings);
  } catch (error) {
    if (format.mediaType !== "image/jpeg" || header.isProgressive) throw error;
    const rescued = await finish(await open("none"), width, height, []);
    // Rows lie at the bottom of the stored picture, which is elsewhere when it was turned.
    if ((header.orientation ?? 1) !== 1 || missingRows(rescued) > rescued.height * MAX_MISSING_ROWS)
      throw error;
    warnings.push("The picture file is damaged; its last rows are missing.");
    return rescued;
  }
}

/** A grey picture in 8 bits with its profile, which is heeded then. */
function asShallowGrey(source: Sharp): Promise<Buffer> {
  return source.toColourspace("b-w").keepIccProfile().png({ compressionLevel: 1 }).toBuffer();
}

/** Size and colour of the result. */
async function finish(source: Sharp, width: number, height: number, warnings: string[]): Promise<Raw> {
  const isLarge = Math.max(width, height) > MAX_SIDE;
  const sized = isLarge ? source.resize(MAX_SIDE, MAX_SIDE, { fit: "inside" }) : source;
  const { data, info } = await sized
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  if (isLarge)
    warnings.push(
      `The picture was reduced from ${width} x ${height} to ${info.width} x ${info.height} pixels.`,
    );
  return { data, width: info.width, height: info.height, channels: info.channels };
}

function checkSize(width: number, height: number, { field, purpose }: DecodePhotoOptions): void {
  const size = `The picture has ${width} x ${height} pixels`;
  const isBackground = purpose === "background";
  const minSide = isBackground ? MIN_BACKGROUND_SIDE : MIN_SIDE;
  if (width * height > MAX_PIXELS)
    throw new AssetError("image_too_large", `${size}; the limit is ${MAX_PIXELS / 1e6} million. Reduce it.`, {
      field,
      context: { max_resolution: MAX_PIXELS },
    });
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) {
    const cure = isBackground ? "Crop it to the shape of the video." : "Crop it around the person.";
    throw new AssetError(
      "image_aspect_ratio_error",
      `${size}; one side may be at most ${MAX_ASPECT} times the other. ${cure}`,
      { field, context: { min_aspect_ratio: 1 / MAX_ASPECT, max_aspect_ratio: MAX_ASPECT } },
    );
  }
  if (Math.min(width, height) < minSide)
    throw new AssetError(
      "image_too_small",
      `${size}; at least ${minSide} x ${minSide} are needed. Use a larger picture.`,
      { field, context: { min_width: minSide, min_height: minSide } },
    );
}

/** Colour on white, and coverage apart. */
function flatten(
  raw: Raw,
  { field, purpose }: DecodePhotoOptions,
): { rgb: Uint8Array; alpha: Uint8Array | null } {
  const { data, channels } = raw;
  const pixels = raw.width * raw.height;
  if (channels === 3) return { rgb: new Uint8Array(data.buffer, data.byteOffset, pixels * 3), alpha: null };
  const rgb = new Uint8Array(pixels * 3);
  const alpha = new Uint8Array(pixels);
  const colors = channels - 1;
  let visible = false;
  let transparent = false;
  for (let i = 0; i < pixels; i++) {
    const coverage = data[i * channels + colors]!;
    alpha[i] = coverage;
    visible ||= coverage > 0;
    transparent ||= coverage < 255;
    for (let channel = 0; channel < 3; channel++) {
      const color = data[i * channels + (colors === 1 ? 0 : channel)]!;
      rgb[i * 3 + channel] = Math.round((color * coverage + 255 * (255 - coverage)) / 255);
    }
  }
  if (!visible) throw invisible(field, purpose);
  return { rgb, alpha: transparent ? alpha : null };
}

function invisible(field: Field, purpose: PhotoPurpose = "portrait"): AssetError {
  return purpose === "background"
    ? new AssetError("image_load_error", "The picture is fully transparent. Use one that can be seen.", {
        field,
      })
    : new AssetError(
        "face_detection_error",
        "Could not detect face in the image. It is fully transparent. Use an opaque photo.",
        { field },
      );
}

function damaged(field: Field, format: ImageFormat, cause: unknown): AssetError {
  const reason =
    cause instanceof DamagedBmpError || cause instanceof DamagedHeifError ? ` (${cause.message})` : "";
  return new AssetError(
    "image_load_error",
    `The ${format.mediaType} file is damaged or incomplete${reason}. Send the whole picture again.`,
    { field, cause },
  );
}
