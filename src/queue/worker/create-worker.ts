import type { Logger } from "pino";
import { CHANNELS, type Database, type Listening } from "../../database/index.js";
import { type Sweeper, startSweeper } from "../sweeps.js";
import { prepareTalkBoard, settledIds, TALKS, type TalkBoard } from "../talk-board.js";
import type { TalkRunner } from "../talk-runner.js";
import type { WebhookOutbox, WorkerFiles } from "../worker-ports.js";
import { openJournal } from "./attempt-journal.js";
import {
  findDeadWorkers,
  openWorkerDirectory,
  removeWorkerDirectory,
  type WorkerDirectory,
} from "./attempt-workspace.js";
import { type Claim, claimNext } from "./claim.js";
import { releaseJobsOf } from "./release-jobs.js";
import { runAttempt, type StopReason } from "./run-attempt.js";

const HEARTBEAT_MS = 3_000;
/** Workers are woken by notifications; this is for those that were missed. */
const POLL_MS = 1_000;
const INHERIT_MS = 60_000;
const REMEMBERED_CANCELS = 1_000;

/** What {@link createWorker} needs. */
export type WorkerOptions = {
  readonly database: Database;
  /** A started pg-boss on the same database. */
  readonly board: TalkBoard;
  readonly runner: TalkRunner;
  readonly files: WorkerFiles;
  readonly webhooks: WebhookOutbox;
  /** A uuid that no other worker has, ever. */
  readonly workerId: string;
  /** Videos made at the same time. */
  readonly renders: number;
  /** New attempts after a crash. */
  readonly retries: number;
  /** How long {@link Worker.drain} lets attempts finish. */
  readonly drainSeconds: number;
  /** US dollars, for the ledger. */
  readonly pricePerSecond: number;
  readonly keepPayloadsDays: number;
  /** Each worker makes a directory of its own in it. */
  readonly workspaceDir: string;
  readonly logger: Logger;
};

/** Fetches requests and makes their videos. */
export type Worker = {
  /** Begins to fetch. */
  start(): Promise<void>;
  /** Fetches no more, lets what runs finish for a while, gives the rest back to the queue. */
  drain(): Promise<void>;
  /** Drains without waiting and lets everything go. The runner is left open. */
  close(): Promise<void>;
  /** Videos being made at this moment. */
  readonly running: number;
};

type Running = { readonly claim: Claim; readonly stop: (reason: StopReason) => void; ended: Promise<void> };

/** A worker; nothing happens before `start()`. */
export function createWorker(options: WorkerOptions): Worker {
  const { database, board, workspaceDir, workerId, renders, drainSeconds, logger } = options;
  const running = new Set<Running>();
  const cancelled = new Set<string>();
  const timers: NodeJS.Timeout[] = [];
  const listenings: Listening[] = [];
  let directory: WorkerDirectory | null = null;
  let sweeper: Sweeper | null = null;
  let isFetching = false;
  let fetching: Promise<void> | null = null;
  let isWoken = false;
  let draining: Promise<void> | null = null;

  /** Fetches while there is room and work; a call meanwhile makes it look once more. */
  function wake() {
    isWoken = true;
    fetching ??= fetchAll()
      .catch((error: unknown) => logger.warn({ err: error }, "requests could not be fetched"))
      .finally(() => {
        fetching = null;
        // Woken after the last look.
        if (isWoken && isFetching && running.size < renders) wake();
      });
  }

  async function fetchAll() {
    while (isWoken && isFetching && running.size < renders) {
      isWoken = false;
      const claim = await database.transaction((transaction) => claimNext(transaction, options, workerId));
      if (claim === null) continue;
      begin(claim);
      isWoken = true;
    }
  }

  function begin(claim: Claim) {
    const abort = new AbortController();
    const entry: Running = {
      claim,
      stop: (reason) => abort.abort(reason),
      ended: Promise.resolve(),
    };
    const journal = openJournal(database, claim, (error) =>
      logger.warn({ err: error, request_id: claim.attempt.id }, "the log of a request could not be written"),
    );
    const surroundings = { ...options, directory: directory! };
    // An earlier attempt of ours at the same request was given up without our noticing.
    for (const other of running) if (other.claim.attempt.id === claim.attempt.id) other.stop("lost");
    running.add(entry);
    if (cancelled.has(claim.attempt.id)) entry.stop("cancelled");
    entry.ended = runAttempt(surroundings, claim, journal, abort.signal)
      .catch((error: unknown) =>
        // Without its heartbeat the job goes to another worker.
        logger.error({ err: error, request_id: claim.attempt.id }, "an attempt could not be concluded"),
      )
      .finally(() => {
        running.delete(entry);
        wake();
      });
  }

  /** Says that the attempts still run, and stops those that are no longer ours. */
  async function beat() {
    const entries = [...running];
    if (entries.length === 0) return;
    const response = await board.touch(
      TALKS,
      entries.map(({ claim }) => claim.attempt),
    );
    const ours = new Set(settledIds(response));
    for (const entry of entries) if (!ours.has(entry.claim.attempt.id)) entry.stop("lost");
  }

  function beatSoon() {
    beat().catch((error: unknown) => logger.warn({ err: error }, "no sign of life could be given"));
  }

  function stopRequest(id: string) {
    // It may come in before we know that the request has become ours.
    cancelled.add(id);
    if (cancelled.size > REMEMBERED_CANCELS) cancelled.delete(cancelled.keys().next().value!);
    for (const { claim, stop } of running) if (claim.attempt.id === id) stop("cancelled");
  }

  /** Cleans up after workers on this machine that died. */
  async function inherit() {
    for (const deadId of await findDeadWorkers(workspaceDir)) {
      try {
        const count = await releaseJobsOf(options, deadId);
        await removeWorkerDirectory(workspaceDir, deadId);
        logger.info({ worker_id: deadId, requests: count }, "cleaned up after a worker that died");
      } catch (error) {
        // Its children may still be ending; the next look finds it again.
        logger.warn({ err: error, worker_id: deadId }, "a dead worker could not be cleaned up after");
      }
    }
  }

  async function stopFetching() {
    isFetching = false;
    await fetching;
  }

  async function handBack() {
    for (const { stop } of running) stop("drain");
    await Promise.all([...running].map(({ ended }) => ended));
  }

  return {
    async start() {
      await prepareTalkBoard(board, options.retries);
      directory = await openWorkerDirectory(workspaceDir, workerId);
      await inherit();
      isFetching = true;
      listenings.push(
        await database.listen(CHANNELS.submitted, wake, wake),
        await database.listen(CHANNELS.cancelled, stopRequest, beatSoon),
      );
      sweeper = startSweeper(options);
      timers.push(
        setInterval(beatSoon, HEARTBEAT_MS),
        setInterval(wake, POLL_MS),
        setInterval(() => void inherit(), INHERIT_MS),
      );
      wake();
    },
    drain() {
      draining ??= (async () => {
        await stopFetching();
        await withinSeconds(drainSeconds, Promise.all([...running].map(({ ended }) => ended)));
        await handBack();
      })();
      return draining;
    },
    async close() {
      await stopFetching();
      await handBack();
      await draining;
      for (const timer of timers) clearInterval(timer);
      await sweeper?.close();
      await Promise.all(listenings.map((listening) => listening.close()));
      await directory?.close();
    },
    get running() {
      return running.size;
    },
  };
}

/** Waits for something, but not longer than so many seconds. */
async function withinSeconds(seconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
