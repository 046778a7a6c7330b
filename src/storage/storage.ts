import type { MadeFile } from "../video/index.js";

/** Where finished videos are kept. */
export interface Storage {
  /**
   * Checks, before any work is done, that a file can be put at `target`.
   *
   * @throws {@link InputError} when it never could, e.g. when the directory does not exist
   */
  prepare(target: string): Promise<void>;
  /**
   * Moves a finished file to `target`; the target is either the old file or the whole new one at every instant.
   *
   * @returns the file at its new place, and the URL under which it can be fetched
   * @throws {@link InputError} when the target cannot be written
   */
  store<File extends MadeFile>(
    file: File,
    target: string,
  ): Promise<{ readonly file: File; readonly url: string }>;
}
