import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { throwIfCancelled } from "../shared/errors.js";
import type { Asset, AssetFile } from "./asset.js";
import { type AssetLimits, describeSource, downloadError } from "./asset-source.js";
import { readDataUri } from "./data-uri.js";
import type { DownloadLimits } from "./download.js";
import { checkLocalFile, readLocalFile } from "./local-file.js";

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

/**
 * Like {@link loadAsset}, for what may be too large for memory: the bytes go to a file as they come. A file of this
 * machine is used where it is.
 *
 * @param options - `path`: where the file is written when it has to be
 */
export async function loadAssetFile(
  source: string,
  options: LoadAssetOptions & { readonly path: string },
): Promise<AssetFile> {
  throwIfCancelled(options.signal);
  const place = findPlace(source, options);
  if (place.type === "file") {
    await checkLocalFile(place.path, limitsOf(options), place.shownAs);
    return { path: resolve(place.path), origin: describeSource(source) };
  }
  const file = await open(options.path, "w");
  try {
    if (place.type === "data") await file.writeFile(readDataUri(place.uri, limitsOf(options)));
    else {
      const { downloadInto } = await import("./download.js");
      await downloadInto(place.url, downloadLimits(options), async (chunk) => {
        await file.writeFile(chunk);
      });
    }
  } finally {
    await file.close();
  }
  throwIfCancelled(options.signal);
  return { path: options.path, origin: describeSource(source) };
}

async function readSource(source: string, options: LoadAssetOptions): Promise<Uint8Array> {
  const place = findPlace(source, options);
  if (place.type === "file") return readLocalFile(place.path, limitsOf(options), place.shownAs);
  if (place.type === "data") return readDataUri(place.uri, limitsOf(options));
  // Loaded when needed: a local file should not wait for an HTTP client.
  const { download } = await import("./download.js");
  return download(place.url, downloadLimits(options));
}

/** Where the bytes of a source are. */
type Place =
  | { readonly type: "file"; readonly path: string; readonly shownAs: string }
  | { readonly type: "data"; readonly uri: string }
  | { readonly type: "http"; readonly url: string };

function findPlace(source: string, options: LoadAssetOptions): Place {
  const { localCopies = {} } = options;
  if (Object.hasOwn(localCopies, source))
    return { type: "file", path: localCopies[source]!, shownAs: describeSource(source) };
  const scheme = /^\s*([a-z][a-z0-9+.-]+):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === "data") return { type: "data", uri: source.trimStart() };
  if (scheme === "http" || scheme === "https") return { type: "http", url: source.trim() };
  const limits = limitsOf(options);
  if (!options.allowLocalPaths)
    throw downloadError(limits, "Give an http(s) URL or a data URI.", { input: describeSource(source) });
  const path = localPath(source, limits);
  return { type: "file", path, shownAs: path };
}

function limitsOf({ field, maxBytes = MAX_ASSET_BYTES }: LoadAssetOptions): AssetLimits {
  return { field, maxBytes };
}

function downloadLimits(options: LoadAssetOptions): DownloadLimits {
  return {
    ...limitsOf(options),
    timeoutMs: options.timeoutMs ?? DOWNLOAD_TIMEOUT_MS,
    allowPrivateHosts: options.allowPrivateHosts ?? false,
    signal: options.signal,
  };
}

function localPath(source: string, limits: AssetLimits): string {
  if (!/^file:/i.test(source)) return source;
  try {
    return fileURLToPath(source);
  } catch (cause) {
    throw downloadError(limits, "This file: URL names no file of this machine.", { input: source, cause });
  }
}
