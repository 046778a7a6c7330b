import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type Database, DatabaseError, type Transaction } from "../../database/index.js";
import { EngineError, ParlanteError, throwIfCancelled } from "../../shared/errors.js";
import { continueTrace, currentTrace, withSpan } from "../../shared/tracing.js";
import { failureOf, isWorthAnotherTry, runnerGone } from "../failure.js";
import {
  outputOf,
  releaseAttempt,
  type Settling,
  StaleAttemptError,
  settleDone,
  settleFailedAttempt,
} from "../settlement.js";
import type { TalkEvent, TalkOutcome, TalkRunner } from "../talk-runner.js";
import type { SettledFile, WorkerFiles } from "../worker-ports.js";
import type { AttemptJournal } from "./attempt-journal.js";
import type { WorkerDirectory } from "./attempt-workspace.js";
import type { Claim } from "./claim.js";

/** How long a result is held while the database is away. Longer, and the job has long been given to another worker. */
const SETTLE_PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** What a full disk, or an exhausted share of it, says. */
const FULL_CODES = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** What a full or broken machine says. */
const MACHINE_CODES = new Set([...FULL_CODES, "EIO", "EROFS", "EMFILE", "ENFILE", "ENOMEM"]);

/** Why a running attempt is stopped: not wanted, no longer ours, or to be handed to another worker. */
export type StopReason = "cancelled" | "lost" | "drain";

/** What an attempt needs of its worker. */
export type AttemptSurroundings = Settling & {
  readonly database: Database;
  readonly runner: TalkRunner;
  readonly files: WorkerFiles;
  readonly directory: WorkerDirectory;
  readonly pricePerSecond: number;
  readonly logger: Logger;
};

type Made =
  | {
      readonly outcome: TalkOutcome;
      readonly file: SettledFile;
      readonly inferenceSeconds: number;
    }
  | { readonly error: unknown };

/**
 * Makes one video and ends its request, or gives it back.
 *
 * @param signal - its reason is a {@link StopReason}
 */
export function runAttempt(
  surroundings: AttemptSurroundings,
  claim: Claim,
  journal: AttemptJournal,
  signal: AbortSignal,
): Promise<void> {
  const attributes = { "parlante.request_id": claim.attempt.id, "parlante.attempt": claim.number };
  return continueTrace(claim.trace, () =>
    withSpan("parlante.attempt", attributes, () => attemptOnce(surroundings, claim, journal, signal)),
  );
}

async function attemptOnce(
  surroundings: AttemptSurroundings,
  claim: Claim,
  journal: AttemptJournal,
  signal: AbortSignal,
): Promise<void> {
  const { directory, logger } = surroundings;
  try {
    const made = await make(surroundings, claim, journal, signal);
    await journal.flush();
    if ("file" in made) await deliver(surroundings, claim, made, signal);
    else await conclude(surroundings, claim, made.error, signal);
  } finally {
    await directory
      .discard(claim.attempt.id, claim.number)
      .catch((error: unknown) => logger.warn({ err: error }, "a workspace could not be removed"));
  }
}

async function make(
  { directory, files, runner }: AttemptSurroundings,
  { attempt, number, keyId, body, fileLifecycle }: Claim,
  journal: AttemptJournal,
  signal: AbortSignal,
): Promise<Made> {
  const start = performance.now();
  const said = new Set<string>();
  const onEvent = (event: TalkEvent) => {
    if (event.type === "log") said.add(event.message);
    journal.note(event);
  };
  try {
    const workspace = await directory.open(attempt.id, number);
    throwIfCancelled(signal);
    const local = await files.fetchInputs({ id: attempt.id, keyId, body }, workspace, signal);
    throwIfCancelled(signal);
    const job = { requestId: attempt.id, attempt: number, body, files: local, workspace };
    const outcome = await withSpan("parlante.make", {}, () =>
      runner.run({ ...job, trace: currentTrace() }, { signal, onEvent }),
    );
    for (const warning of outcome.warnings) {
      if (!said.has(warning)) journal.note({ type: "log", level: "WARN", message: warning });
    }
    const inferenceSeconds = (performance.now() - start) / 1000;
    const file = await files.storeOutput({ id: attempt.id, keyId, lifecycle: fileLifecycle }, outcome);
    return { outcome, file, inferenceSeconds };
  } catch (error) {
    return { error: machineFailed(error) ?? error };
  }
}

/** The operating system refuses what every attempt needs. */
function machineFailed(error: unknown): EngineError | null {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ParlanteError || !(error instanceof Error)) return null;
  if (typeof code !== "string" || !MACHINE_CODES.has(code)) return null;
  const what = FULL_CODES.has(code)
    ? "has no space left on its disk. Its operator can free some, or give PARLANTE_DATA a larger one"
    : `failed (${code})`;
  return new EngineError("internal_error", `The machine that makes the video ${what}.`, { cause: error });
}

async function deliver(
  surroundings: AttemptSurroundings,
  claim: Claim,
  { outcome, file, inferenceSeconds }: Extract<Made, { file: SettledFile }>,
  signal: AbortSignal,
): Promise<void> {
  const { files, pricePerSecond, logger } = surroundings;
  const { attempt } = claim;
  const done = { attempt, outcome, file, inferenceSeconds, pricePerSecond };
  let isSettled: boolean;
  try {
    isSettled = await persist(surroundings, async (transaction) => {
      const shown = claim.webhookUrl === null ? null : await files.withUrls(outputOf(file), claim.fileBase);
      await settleDone(transaction, surroundings, files, done, shown);
    });
  } catch (error) {
    if (isPassing(error)) throw error;
    await files.discardOutput(file);
    return conclude(surroundings, claim, error, signal);
  }
  // The connection may have broken after the commit: then the request has this very file.
  if (isSettled || (await isDelivered(surroundings.database, attempt.id, file))) return;
  logger.info({ request_id: attempt.id, attempt: claim.number }, "a finished attempt came too late");
  await files.discardOutput(file);
}

async function isDelivered(database: Database, id: string, file: SettledFile): Promise<boolean> {
  const [row] = await database.query<{ url: string | null }>(
    "select output -> 'video' ->> 'url' as url from requests where id = $1",
    [id],
  );
  return row?.url === outputOf(file).video.url;
}

async function conclude(
  surroundings: AttemptSurroundings,
  { attempt, number }: Claim,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { logger } = surroundings;
  const reason = signal.aborted ? (signal.reason as StopReason) : null;
  if (reason === "cancelled" || reason === "lost") return;
  if (reason === "drain") {
    const note = "The worker is being stopped. Another one begins anew.";
    await persist(surroundings, (transaction) =>
      releaseAttempt(transaction, surroundings, attempt, { note, failure: runnerGone, isFree: true }),
    );
    return;
  }
  const failure = failureOf(error);
  const retries = isWorthAnotherTry(error);
  const about = { request_id: attempt.id, attempt: number, error_type: failure.errorType };
  if (failure.statusCode >= 500) logger.error({ ...about, err: error }, "an attempt failed");
  else logger.info(about, "a request cannot be fulfilled");
  await persist(surroundings, async (transaction) => {
    if (!retries) return settleFailedAttempt(transaction, surroundings, attempt, failure);
    const note = `${failure.message} The request is tried again.`;
    await releaseAttempt(transaction, surroundings, attempt, { note, failure });
  });
}

/**
 * Carries out a transaction, again and again while the database is away.
 *
 * @returns false when the attempt turned out not to be the current one
 */
async function persist(
  { database, logger }: AttemptSurroundings,
  work: (transaction: Transaction) => Promise<unknown>,
): Promise<boolean> {
  const deadline = performance.now() + SETTLE_PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await database.transaction(work);
      return true;
    } catch (error) {
      if (error instanceof StaleAttemptError) return false;
      if (!isPassing(error) || performance.now() + pauseMs > deadline) throw error;
      logger.warn({ err: error }, "the end of an attempt could not be written down; trying again");
    }
    await delay(pauseMs);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof DatabaseError && error.retryable;
}
