import { AssetError } from "../shared/errors.js";

/** Where an asset comes from, and the limits under which it is taken in. */
export type AssetLimits = {
  /** Path of the request field, wire names, e.g. `["image_url"]`. */
  readonly field: readonly (string | number)[];
  /** Largest file, bytes. */
  readonly maxBytes: number;
};

/** An error of type `file_download_error` about one source. */
export function downloadError(
  limits: AssetLimits,
  message: string,
  more: { input?: string; cause?: unknown; retryable?: boolean } = {},
): AssetError {
  const { input, cause, retryable = false } = more;
  const details = {
    field: limits.field,
    ...(input === undefined ? {} : { input }),
    ...(cause === undefined ? {} : { cause }),
  };
  return new AssetError("file_download_error", message, details, retryable);
}

/** An error of type `file_too_large`. */
export function tooLarge(limits: AssetLimits, input: string): AssetError {
  return new AssetError(
    "file_too_large",
    `The file is larger than ${megabytes(limits.maxBytes)}. Use a smaller file.`,
    { field: limits.field, context: { max_size: limits.maxBytes }, input },
  );
}

function megabytes(bytes: number): string {
  return bytes >= 1e6 ? `${Math.round(bytes / 1e5) / 10} MB` : `${bytes} bytes`;
}

/** A source as it may be shown: without query (it may hold a signature), and short. */
export function describeSource(source: string): string {
  if (/^data:/i.test(source)) return `${source.slice(0, 40)}${source.length > 40 ? "…" : ""}`;
  const bare = /^https?:/i.test(source) ? source.replace(/[?#].*$/s, "") : source;
  return bare.length > 200 ? `${bare.slice(0, 200)}…` : bare;
}
