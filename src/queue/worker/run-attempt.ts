import { join } from "node:path";
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
import type { SettledFiles, WorkerFiles } from "../worker-ports.js";
import type { AttemptJournal } from "./attempt-journal.js";
import { LIVE_FILE, type WorkerDirectory } from "./attempt-workspace.js";
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
      readonly made: SettledFiles;
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
    if ("outcome" in made) await deliver(surroundings, claim, made, signal);
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
    const job = {
      requestId: attempt.id,
      attempt: number,
      body,
      files: local,
      workspace,
      livePath: join(workspace, LIVE_FILE),
    };
    const outcome = await withSpan("parlante.make", {}, () =>
      runner.run({ ...job, trace: currentTrace() }, { signal, onEvent }),
    );
    for (const warning of outcome.warnings) {
      if (!said.has(warning)) journal.note({ type: "log", level: "WARN", message: warning });
    }
    const inferenceSeconds = (performance.now() - start) / 1000;
    const owner = { id: attempt.id, keyId, lifecycle: fileLifecycle };
    return { outcome, made: await store(files, owner, outcome), inferenceSeconds };
  } catch (error) {
    return { error: machineFailed(error) ?? error };
  }
}

async function store(
  files: WorkerFiles,
  owner: Parameters<WorkerFiles["storeOutputs"]>[0],
  outcome: TalkOutcome,
): Promise<SettledFiles> {
  const [video, ...extras] = await files.storeOutputs(owner, [outcome, ...outcome.extras]);
  return {
    video: video!,
    extras: extras.map((file, place) => ({ ...file, output: outcome.extras[place]!.output })),
  };
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
  { outcome, made, inferenceSeconds }: Extract<Made, { outcome: TalkOutcome }>,
  signal: AbortSignal,
): Promise<void> {
  const { files, pricePerSecond, logger } = surroundings;
  const { attempt } = claim;
  const done = { attempt, outcome, files: made, inferenceSeconds, pricePerSecond };
  const discard = () => files.discardOutputs([made.video, ...made.extras]);
  let isSettled: boolean;
  try {
    isSettled = await persist(surroundings, async (transaction) => {
      const shown = claim.webhookUrl === null ? null : await files.withUrls(outputOf(made), claim.fileBase);
      await settleDone(transaction, surroundings, files, done, shown);
    });
  } catch (error) {
    if (isPassing(error)) throw error;
    await discard();
    return conclude(surroundings, claim, error, signal);
  }
  // The connection may have broken after the commit: then the request has these very files.
  if (isSettled || (await isDelivered(surroundings.database, attempt.id, made))) return;
  logger.info({ request_id: attempt.id, attempt: claim.number }, "a finished attempt came too late");
  await discard();
}

async function isDelivered(database: Database, id: string, made: SettledFiles): Promise<boolean> {
  const [row] = await database.query<{ url: string | null }>(
    "select output -> 'video' ->> 'url' as url from requests where id = $1",
    [id],
  );
  return row?.url === outputOf(made).video.url;
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
