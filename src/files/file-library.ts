import type { Logger } from "pino";
import type { Database } from "../database/index.js";
import type { ObjectStore } from "../storage/index.js";
import { createDownloads, type Downloads } from "./downloads.js";
import { forgetFiles } from "./file-records.js";
import { createInputs, type Inputs, sweepInputs } from "./inputs.js";
import type { LibraryParts } from "./library-parts.js";
import { createLooseObjects } from "./loose-objects.js";
import { createOutputs, type Outputs } from "./outputs.js";
import { createSigner } from "./signatures.js";
import { createUploads, type Uploads } from "./uploads.js";

/** What a library works with. */
export type FileLibraryOptions = {
  readonly database: Database;
  readonly store: ObjectStore;
  /** Signs URLs and tokens; the same for all processes, 32 random bytes or more. */
  readonly secret: Uint8Array;
  /** Days for which files are kept when nothing else was said; null: for ever. */
  readonly keepFilesDays: number | null;
  /** Seconds for which URLs of finished videos work, which are signed then; null: as long as the file exists. */
  readonly urlLifetime: number | null;
  /** Largest upload, bytes. */
  readonly maxUploadBytes: number;
  readonly logger: Logger;
  /** @defaultValue the clock of this machine */
  readonly now?: () => Date;
};

/** What a sweep removed. */
export type Swept = { readonly files: number; readonly objects: number };

/** All files of the server: sent by callers, cut out of requests, and finished videos. */
export interface FileLibrary extends Uploads, Downloads, Inputs, Outputs {
  /**
   * Removes files whose time is over and uploads that were given up. Expired files cannot be fetched even before it.
   * Any number of processes may do so at the same time.
   */
  sweep(): Promise<Swept>;
  /** Sweeps every two seconds until it is stopped. */
  startSweeping(): { stop(): Promise<void> };
}

const DAY_SECONDS = 86_400;
const SWEEP_EVERY_MS = 2_000;
/** Inputs and leftovers of dead processes are rarer, and looking for them takes longer. */
const INPUTS_EVERY_MS = 15_000;
const LEFTOVERS_EVERY_MS = 900_000;

/** Joins database and object store to the files of a server. */
export function createFileLibrary(options: FileLibraryOptions): FileLibrary {
  const { database, store, secret, keepFilesDays, urlLifetime, maxUploadBytes, logger } = options;
  const now = options.now ?? (() => new Date());
  const parts: LibraryParts = {
    database,
    store,
    loose: createLooseObjects(database, store, (key, error) =>
      logger.warn(
        { err: error, object_key: key },
        "files: an object could not be removed, to be tried again",
      ),
    ),
    signer: createSigner(secret, () => now().getTime()),
    defaultLifetime: keepFilesDays === null ? null : keepFilesDays * DAY_SECONDS,
    urlLifetime,
    maxUploadBytes,
    now,
    logger,
  };
  const isTimeForInputs = every(INPUTS_EVERY_MS);
  const isTimeForLeftovers = every(LEFTOVERS_EVERY_MS);
  const sweep = async (): Promise<Swept> => {
    const moment = now();
    let files = (await forgetFiles(database, moment, "expires_at <= $1")).length;
    if (isTimeForInputs(moment)) files += await sweepInputs(parts);
    const objects = await parts.loose.sweep(now());
    if (isTimeForLeftovers(moment)) await sweepLeftovers(parts, moment);
    return { files, objects };
  };
  return {
    ...createUploads(parts),
    ...createDownloads(parts),
    ...createInputs(parts),
    ...createOutputs(parts),
    sweep,
    startSweeping: () => repeat(sweep, (error) => logger.warn({ err: error }, "files: the sweep failed")),
  };
}

async function sweepLeftovers({ store, logger }: LibraryParts, moment: Date): Promise<void> {
  const leftovers = await store.sweepLeftovers(moment);
  if (leftovers > 0) logger.info({ leftovers }, "files: removed what a process that died had left");
}

/** @returns whether so long has passed since it last said yes */
function every(milliseconds: number): (moment: Date) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return (moment) => {
    const isDue = moment.getTime() - last >= milliseconds;
    if (isDue) last = moment.getTime();
    return isDue;
  };
}

/** Runs work again and again, with a pause between. */
function repeat(
  work: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  const round = () => {
    running = work()
      .then(() => undefined, onFailure)
      .then(() => {
        if (!isStopped) timer = setTimeout(round, SWEEP_EVERY_MS);
      });
  };
  timer = setTimeout(round, 0);
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
