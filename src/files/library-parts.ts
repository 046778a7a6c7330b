import type { Logger } from "pino";
import type { Database } from "../database/index.js";
import type { ObjectStore } from "../storage/index.js";
import type { LooseObjects } from "./loose-objects.js";
import type { Signer } from "./signatures.js";

/** What all parts of the library work with. */
export type LibraryParts = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly loose: LooseObjects;
  readonly signer: Signer;
  /** Seconds for which files live when nothing else was said; null: kept. */
  readonly defaultLifetime: number | null;
  /** Seconds for which URLs of finished videos work; null: as long as the file exists. */
  readonly urlLifetime: number | null;
  readonly maxUploadBytes: number;
  readonly now: () => Date;
  readonly logger: Logger;
};

/** What is not finished after a day is given up. */
export const UNFINISHED_SECONDS = 86_400;

/** A moment so many seconds after another. */
export function after(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000);
}
