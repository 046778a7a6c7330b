import { join } from "node:path";
import type { Background, TalkRequest } from "../request/index.js";
import { AssetError, type EngineError, type ErrorDetails } from "../shared/errors.js";
import type { BackgroundJob } from "./media-messages.js";
import type { MediaProcess } from "./media-process.js";
import { writePhoto } from "./photo-file.js";
import { isCrash } from "./recording-file.js";
import type { TalkDependencies } from "./talk-dependencies.js";
import type { TalkOptions } from "./talk-options.js";

/** What stands behind the person, as the media process is told. */
export type PreparedBackground = {
  /** Null: what the photo shows. */
  readonly job: BackgroundJob | null;
  /** Pixels of the picture or film, upright; null for what has none. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly warnings: readonly string[];
};

/** What backgrounds are made ready with. */
export type BackgroundMeans = {
  readonly request: TalkRequest;
  readonly dependencies: Pick<TalkDependencies, "loadAsset" | "loadAssetFile" | "decodePhoto">;
  readonly media: MediaProcess;
  readonly signal: AbortSignal;
  readonly options: Pick<TalkOptions, "allowLocalPaths" | "localCopies">;
  /** Directory for what is made on the way. */
  readonly workspace: string;
};

/** Largest background video, bytes. */
export const MAX_FILM_BYTES = 200_000_000;
/** Longest download of one, milliseconds. */
const FILM_TIMEOUT_MS = 180_000;
/** From this enlargement on a background looks soft. */
const SEEN_SCALE = 1.5;
const FIELD = ["background", "value"] as const;

/**
 * Fetches a background and makes sure that it can be shown.
 *
 * @throws {@link AssetError} about `background.value`: `file_download_error`, `file_too_large`, the errors of pictures
 * (`unsupported_image_format`, `image_load_error`, `image_too_small`, …) or `unsupported_video_format`
 * @throws {@link EngineError} when the media process dies of something else than the film
 * @throws {@link CancelledError} when the signal fires
 */
export async function prepareBackground(means: BackgroundMeans): Promise<PreparedBackground> {
  const { background, extras } = means.request;
  if (background === null) {
    const job: BackgroundJob | null = extras.outputFormat === "mp4" ? null : { type: "nothing" };
    return { job, size: null, warnings: [] };
  }
  if (background.type === "color")
    return { job: { type: "color", rgb: readColor(background.value) }, size: null, warnings: [] };
  return background.type === "image" ? preparePicture(means, background) : prepareFilm(means, background);
}

/** The same background with a warning when it has to be enlarged so much for a video that it shows. */
export function withSizeWarning(
  prepared: PreparedBackground,
  video: { readonly width: number; readonly height: number },
): PreparedBackground {
  const { job, size, warnings } = prepared;
  const scale = size === null ? 1 : Math.max(video.width / size.width, video.height / size.height);
  if (size === null || scale <= SEEN_SCALE) return prepared;
  const message =
    `The background ${job?.type === "film" ? "video" : "picture"} is enlarged ${scale.toFixed(2)} times: its ` +
    `${size.width}x${size.height} pixels cover ${video.width}x${video.height}, so it will look soft. Use a larger one.`;
  return { ...prepared, warnings: [...warnings, message] };
}

/** `#RRGGBB` as numbers from 0 to 255. */
function readColor(hex: string): readonly [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

async function preparePicture(means: BackgroundMeans, { value }: Background): Promise<PreparedBackground> {
  const { dependencies, signal, options, workspace } = means;
  const { allowLocalPaths = false, localCopies = {} } = options;
  const asset = await dependencies.loadAsset(value, { allowLocalPaths, localCopies, signal, field: FIELD });
  const photo = await dependencies
    .decodePhoto(asset, { field: FIELD, purpose: "background", signal })
    .catch((error: unknown) => {
      throw aboutBackground(error, asset.origin);
    });
  const { width, height } = photo;
  // What was transparent already lies on white.
  const opaque = { ...photo, alpha: null };
  const file = await writePhoto(join(workspace, "background.raw"), opaque);
  const warnings = photo.warnings.map((warning) => `Background: ${warning}`);
  return { job: { type: "picture", photo: file }, size: { width, height }, warnings };
}

async function prepareFilm(means: BackgroundMeans, { value }: Background): Promise<PreparedBackground> {
  const { dependencies, media, signal, options, workspace } = means;
  const { allowLocalPaths = false, localCopies = {} } = options;
  const { path, origin } = await dependencies.loadAssetFile(value, {
    ...{ allowLocalPaths, localCopies, signal, field: FIELD },
    path: join(workspace, "background.film"),
    maxBytes: MAX_FILM_BYTES,
    timeoutMs: FILM_TIMEOUT_MS,
  });
  const source = { path, field: FIELD, input: origin };
  const facts = await media.probeFilm(source, { signal }).catch((error: unknown) => {
    throw isCrash(error) ? damaged(origin, error) : error;
  });
  const { width, height, warnings } = facts;
  return { job: { type: "film", ...source }, size: { width, height }, warnings };
}

function damaged(input: string, cause: EngineError): AssetError {
  const message =
    "The background video is damaged in a way that makes its decoder fail. Save it anew, for example as .mp4.";
  const context = { supported_formats: [".mp4"] };
  return new AssetError("unsupported_video_format", message, { field: FIELD, input, context, cause });
}

/** Errors of pictures speak of "the picture", and a talk has two. */
function aboutBackground(error: unknown, input: string): unknown {
  if (!(error instanceof AssetError)) return error;
  const { code, message, details, retryable } = error;
  const told: ErrorDetails = { input, ...details };
  return new AssetError(code, `Background: ${message}`, told, retryable);
}
