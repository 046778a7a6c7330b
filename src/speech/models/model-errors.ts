import { AssetError, EngineError, NotFoundError, ParlanteError } from "../../shared/errors.js";

/** The catalogue has no such model. */
export function unknownModel(id: string, nearest: readonly string[] = []): NotFoundError {
  const hint = nearest.length > 0 ? ` Did you mean ${nearest.map((name) => `"${name}"`).join(" or ")}?` : "";
  return new NotFoundError(
    `There is no model "${id.slice(0, 100)}".${hint} parlante models list shows all that there are.`,
  );
}

/**
 * The network or its server failed.
 *
 * @param retryable - whether another attempt may go better
 */
export function downloadFailed(
  url: string,
  reason: string,
  cure: string,
  { retryable = false, cause }: { readonly retryable?: boolean; readonly cause?: unknown } = {},
): EngineError {
  const message = `Cannot download ${withoutQuery(url)}: ${reason}. ${cure}`;
  return new EngineError("model_download_error", message, { cause }, retryable);
}

/** What arrived, or what lies there, is not the file it should be. */
export function wrongFile(name: string, reason: string, cure: string): EngineError {
  return new EngineError("model_damaged", `${name} ${reason}. ${cure}`, {}, false);
}

/** `--from` cannot be used. */
export function sourceFailed(message: string, cause?: unknown): AssetError {
  return new AssetError("model_source_error", message, { cause });
}

/** The directory of models cannot be used. */
export function storageFailed(message: string, cause?: unknown): EngineError {
  return new EngineError("model_storage_error", message, { cause }, false);
}

const STORAGE_REASONS: Readonly<Record<string, (directory: string) => string>> = {
  ENOSPC: (directory) => `The disk with ${directory} is full. Free some space, then pull again: it goes on.`,
  EDQUOT: (directory) =>
    `Your quota at ${directory} is used up. Free some space, then pull again: it goes on.`,
  EACCES: (directory) =>
    `${directory} cannot be written to. Give this user write access, or set PARLANTE_DATA.`,
  EPERM: (directory) =>
    `${directory} cannot be written to. Give this user write access, or set PARLANTE_DATA.`,
  EROFS: (directory) =>
    `${directory} is on a disk that cannot be written to. Set PARLANTE_DATA to another one.`,
  ENOTDIR: (directory) => `${directory} is no directory. Set PARLANTE_DATA to another one.`,
};

/** A failure of the file system in words; anything else as it is. */
export function explainStorage(error: unknown, directory: string): unknown {
  if (error instanceof ParlanteError || !(error instanceof Error) || !("code" in error)) return error;
  const words = STORAGE_REASONS[String(error.code)];
  return words === undefined ? error : storageFailed(words(directory), error);
}

/** Signed addresses carry secrets in their query. */
export function withoutQuery(url: string): string {
  if (!URL.canParse(url)) return url.slice(0, 200);
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.slice(0, 300);
}
