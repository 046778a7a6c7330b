import { fileTypeFromBuffer } from "file-type";
import { AssetError } from "../shared/errors.js";

/** File types that are read, and who reads them. */
const READERS: Readonly<Record<string, ImageFormat["reader"]>> = {
  "image/jpeg": "sharp",
  "image/png": "sharp",
  "image/apng": "sharp",
  "image/webp": "sharp",
  "image/gif": "sharp",
  "image/avif": "sharp",
  "image/tiff": "sharp",
  "image/bmp": "bmp",
  "image/heic": "heif",
  "image/heif": "heif",
};

/** What an error lists as supported, in fal's spelling. */
export const SUPPORTED_IMAGE_FORMATS = [
  ".jpg",
  ".jpeg",
  ".png",
  ".webp",
  ".gif",
  ".avif",
  ".tiff",
  ".bmp",
  ".heic",
] as const;

/** Longest prefix in which a format shows itself; the rest of a hostile file is not looked at. */
const PREFIX_BYTES = 4100;

export type ImageFormat = { readonly mediaType: string; readonly reader: "sharp" | "bmp" | "heif" };

/**
 * The image format of a file, by its content alone: name and transport header may lie.
 *
 * @throws {@link AssetError} `image_load_error` for an empty file, `unsupported_image_format` for all else
 */
export async function identifyImage(
  bytes: Uint8Array,
  field: readonly (string | number)[],
): Promise<ImageFormat> {
  if (bytes.length === 0)
    throw new AssetError("image_load_error", "The file is empty. Send the whole picture.", {
      field,
    });
  const found = await fileTypeFromBuffer(isTiff(bytes) ? bytes : bytes.subarray(0, PREFIX_BYTES)).catch(
    () => undefined, // A file that breaks the parser is no picture that we know.
  );
  const mediaType = found?.mime ?? "";
  const reader = READERS[mediaType];
  if (reader !== undefined) return { mediaType, reader };
  if (mediaType === "" && isTiff(bytes))
    throw new AssetError("image_load_error", "The TIFF file is incomplete. Send the whole picture.", {
      field,
    });
  throw unsupportedImage(
    field,
    `${describe(mediaType, bytes)} Use JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP or HEIC.`,
  );
}

/** TIFF tells only in its directory, anywhere in the file, whether it is a camera's raw format. */
function isTiff(bytes: Uint8Array): boolean {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
  return magic === "II*\0" || magic === "MM\0*";
}

/** An error of type `unsupported_image_format` that lists what is supported. */
export function unsupportedImage(field: readonly (string | number)[], message: string): AssetError {
  return new AssetError("unsupported_image_format", message, {
    field,
    context: { supported_formats: SUPPORTED_IMAGE_FORMATS },
  });
}

function describe(mediaType: string, bytes: Uint8Array): string {
  if (mediaType !== "" && mediaType !== "application/xml") return `The file is of type ${mediaType}.`;
  const start = Buffer.from(bytes.slice(0, 1000)).toString("latin1").toLowerCase();
  if (/<svg[\s>]/.test(start)) return "The file is an SVG drawing.";
  if (/<(?:!doctype\s+html|html|head|body)[\s>]/.test(start))
    return "The file is an HTML page, not a picture.";
  return "The file is not a picture.";
}
