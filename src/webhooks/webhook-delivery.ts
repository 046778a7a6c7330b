import type { Logger } from "pino";
import { CHANNELS, type Database, type Listening } from "../database/index.js";
import { type Attempt, createPoster } from "./post-webhook.js";
import { delayAfter, timeoutOf } from "./retry-schedule.js";
import type { SigningKey } from "./signing-key.js";
import { makeAttempt } from "./webhook-attempt.js";
import { createWebhookLane, type FetchedJob } from "./webhook-lane.js";
import { type Board, FIRST_ATTEMPT_PRIORITY, prepareWebhookQueue } from "./webhook-queue.js";
import { keepUp } from "./webhook-upkeep.js";

/** What delivering works with. */
export type WebhookDeliveryOptions = {
  readonly database: Database;
  readonly board: Board;
  readonly signingKey: SigningKey;
  /** Deliver over http too, and to addresses that are not on the public internet. */
  readonly allowsPrivate: boolean;
  readonly logger: Logger;
  /** E.g. `parlante/1.2.3`. */
  readonly userAgent: string;
  /** Hears of every attempt, for metrics. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /** Seconds since 1970. */
  readonly now?: () => number;
  /** `[0, 1)`. */
  readonly random?: () => number;
  /** Seconds for the nth attempt. @defaultValue 15 for the first, 120 for the others */
  readonly timeoutOf?: (attempt: number) => number;
  /** Seconds after the nth attempt; null: it was the last. @defaultValue 31 attempts in about two hours */
  readonly delayAfter?: (attempt: number, random: number) => number | null;
};

/** Delivers webhooks until it is closed. */
export interface WebhookDelivery {
  /** Begins, and goes on with what an earlier run has left. */
  start(): Promise<void>;
  /** Stops; attempts under way have three seconds, then others begin them again. */
  close(): Promise<void>;
}

/** How often the queue is looked at without being told: for delays that are over, and for lost notifications. */
const POLL_MS = 1000;
const UPKEEP_MS = 60_000;
const CLOSE_GRACE_MS = 3000;

/**
 * Delivers what {@link createWebhookOutbox} promises, at least once.
 *
 * Every attempt is a job of the queue; its end, the entry in the log and the job of the next attempt are one
 * transaction. When a process dies in the middle, another attempt is made within about ten seconds.
 */
export function createWebhookDelivery(options: WebhookDeliveryOptions): WebhookDelivery {
  const { database, board, logger } = options;
  const poster = createPoster(options.allowsPrivate);
  const stopping = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let upkeep: Promise<void> = Promise.resolve();
  let listening: Listening | null = null;

  const random = options.random ?? Math.random;
  const nextDelay = options.delayAfter ?? delayAfter;
  const dependencies = {
    ...{ database, board, poster, logger, stopping: stopping.signal },
    signingKey: options.signingKey,
    userAgent: options.userAgent,
    onAttempt: options.onAttempt ?? (() => {}),
    now: options.now ?? (() => Date.now() / 1000),
    timeoutOf: options.timeoutOf ?? timeoutOf,
    delayAfter: (attempt: number) => nextDelay(attempt, random()),
  };
  const work = (job: FetchedJob) => makeAttempt(job, dependencies);
  const onError = (error: unknown) =>
    logger.warn({ err: error }, "webhooks: the database could not be reached");
  const lanes = [
    createWebhookLane({ board, work, onError, priorities: { minPriority: FIRST_ATTEMPT_PRIORITY } }),
    createWebhookLane({ board, work, onError, priorities: { maxPriority: FIRST_ATTEMPT_PRIORITY - 1 } }),
  ];
  const look = () => {
    for (const lane of lanes) lane.look();
  };
  const tidy = () => {
    upkeep = upkeep.then(() => keepUp(database, board)).catch(onError);
  };

  return {
    async start() {
      await prepareWebhookQueue(board);
      listening = await database.listen(CHANNELS.webhook, look, look);
      timers.push(setInterval(look, POLL_MS), setInterval(tidy, UPKEEP_MS));
      tidy();
      look();
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await listening?.close();
      const grace = setTimeout(() => stopping.abort(), CLOSE_GRACE_MS);
      await Promise.all([...lanes.map((lane) => lane.close()), upkeep]);
      clearTimeout(grace);
      await poster.close();
    },
  };
}
