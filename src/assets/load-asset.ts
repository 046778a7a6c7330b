import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { throwIfCancelled } from "../shared/errors.js";
import type { Asset } from "./asset.js";
import { type AssetLimits, describeSource, downloadError } from "./asset-source.js";
import { readDataUri } from "./data-uri.js";
import { readLocalFile } from "./local-file.js";

/** Largest file, bytes: what the hosted model takes for pictures and recordings. */
export const MAX_ASSET_BYTES = 50_000_000;
/** Longest download. */
const DOWNLOAD_TIMEOUT_MS = 60_000;

export type LoadAssetOptions = {
  /** Path of the request field, for messages, e.g. `["image_url"]`. */
  readonly field: readonly (string | number)[];
  /** Whether the source may be a path of this machine (command line only). */
  readonly allowLocalPaths: boolean;
  /** Whether a link may lead to private and loopback addresses. @defaultValue `false` */
  readonly allowPrivateHosts?: boolean;
  /** Sources whose bytes are here already: the source, exactly as given → path. */
  readonly localCopies?: Readonly<Record<string, string>>;
  /** @defaultValue {@link MAX_ASSET_BYTES} */
  readonly maxBytes?: number;
  /** Longest time for a whole download. @defaultValue 60000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/**
 * Takes in a file from an http(s) URL, a `data:` URI or, where allowed, a local path.
 *
 * @throws {@link AssetError} `file_download_error` when it cannot be had, `file_too_large`
 * @throws {@link CancelledError} when the signal fires
 */
export async function loadAsset(source: string, options: LoadAssetOptions): Promise<Asset> {
  throwIfCancelled(options.signal);
  const bytes = await readSource(source, options);
  throwIfCancelled(options.signal);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex"), origin: describeSource(source) };
}

async function readSource(source: string, options: LoadAssetOptions): Promise<Uint8Array> {
  const limits: AssetLimits = { field: options.field, maxBytes: options.maxBytes ?? MAX_ASSET_BYTES };
  const { localCopies = {} } = options;
  if (Object.hasOwn(localCopies, source))
    return readLocalFile(localCopies[source]!, limits, describeSource(source));
  const scheme = /^\s*([a-z][a-z0-9+.-]+):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === "data") return readDataUri(source.trimStart(), limits);
  if (scheme === "http" || scheme === "https") {
    // Loaded when needed: a local file should not wait for an HTTP client.
    const { download } = await import("./download.js");
    return download(source.trim(), {
      ...limits,
      timeoutMs: options.timeoutMs ?? DOWNLOAD_TIMEOUT_MS,
      allowPrivateHosts: options.allowPrivateHosts ?? false,
      signal: options.signal,
    });
  }
  if (options.allowLocalPaths) return readLocalFile(localPath(source, limits), limits);
  throw downloadError(limits, "Give an http(s) URL or a data URI.", { input: describeSource(source) });
}

function localPath(source: string, limits: AssetLimits): string {
  if (!/^file:/i.test(source)) return source;
  try {
    return fileURLToPath(source);
  } catch (cause) {
    throw downloadError(limits, "This file: URL names no file of this machine.", { input: source, cause });
  }
}
