import type { Logger } from "pino";
import { CHANNELS, type Database, type Listening } from "../../database/index.js";
import { type Sweeper, startSweeper } from "../sweeps.js";
import { prepareTalkBoard, type TalkBoard } from "../talk-board.js";
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
import { runAttempt } from "./run-attempt.js";
import { trackAttempts } from "./running-attempts.js";

const HEARTBEAT_MS = 3_000;
/** Workers are woken by notifications; this is for those that were missed. */
const POLL_MS = 1_000;
const INHERIT_MS = 60_000;

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

/** A worker; nothing happens before `start()`. */
export function createWorker(options: WorkerOptions): Worker {
  const { database, board, workspaceDir, workerId, logger } = options;
  const timers: NodeJS.Timeout[] = [];
  const listenings: Listening[] = [];
  let directory: WorkerDirectory | null = null;
  let sweeper: Sweeper | null = null;
  let draining: Promise<void> | null = null;

  const attempts = trackAttempts(board, logger, () => fetching.wake());
  const fetching = fetchWhenWoken(
    options,
    () => attempts.size < options.renders,
    (claim) => {
      const journal = openJournal(database, claim, (error) =>
        logger.warn(
          { err: error, request_id: claim.attempt.id },
          "the log of a request could not be written",
        ),
      );
      const surroundings = { ...options, directory: directory! };
      attempts.add(claim, (signal) => runAttempt(surroundings, claim, journal, signal));
    },
  );

  async function handBack() {
    attempts.stopAll("drain");
    await attempts.ended();
  }

  return {
    async start() {
      await prepareTalkBoard(board, options.retries);
      directory = await openWorkerDirectory(workspaceDir, workerId);
      await inherit(options);
      listenings.push(
        await database.listen(CHANNELS.submitted, fetching.wake, fetching.wake),
        await database.listen(CHANNELS.cancelled, attempts.cancel, () => void attempts.beat()),
      );
      sweeper = startSweeper(options);
      timers.push(
        setInterval(() => void attempts.beat(), HEARTBEAT_MS),
        setInterval(fetching.wake, POLL_MS),
        setInterval(() => void inherit(options), INHERIT_MS),
      );
      fetching.start();
    },
    drain() {
      draining ??= (async () => {
        await fetching.stop();
        await withinSeconds(options.drainSeconds, attempts.ended());
        await handBack();
      })();
      return draining;
    },
    async close() {
      await fetching.stop();
      await handBack();
      await draining;
      for (const timer of timers) clearInterval(timer);
      await sweeper?.close();
      await Promise.all(listenings.map((listening) => listening.close()));
      await directory?.close();
    },
    get running() {
      return attempts.size;
    },
  };
}

/** Fetches while there is room and work; who wakes it meanwhile makes it look once more. */
function fetchWhenWoken(
  { database, workerId, logger, ...settling }: WorkerOptions,
  hasRoom: () => boolean,
  begin: (claim: Claim) => void,
) {
  let isFetching = false;
  let isWoken = false;
  let current: Promise<void> | null = null;

  async function fetchAll() {
    while (isWoken && isFetching && hasRoom()) {
      isWoken = false;
      const claim = await database.transaction((transaction) => claimNext(transaction, settling, workerId));
      if (claim === null) continue;
      begin(claim);
      isWoken = true;
    }
  }

  function wake() {
    isWoken = true;
    current ??= fetchAll()
      .catch((error: unknown) => logger.warn({ err: error }, "requests could not be fetched"))
      .finally(() => {
        current = null;
        // Woken after the last look.
        if (isWoken && isFetching && hasRoom()) wake();
      });
  }

  return {
    wake,
    start() {
      isFetching = true;
      wake();
    },
    async stop() {
      isFetching = false;
      await current;
    },
  };
}

/** Cleans up after workers on this machine that died. */
async function inherit(options: WorkerOptions): Promise<void> {
  const { workspaceDir, logger } = options;
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

/** Waits for something, but not longer than so many seconds. */
async function withinSeconds(seconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
