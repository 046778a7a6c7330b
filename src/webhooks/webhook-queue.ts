import { randomUUID } from "node:crypto";
import type { PgBoss } from "pg-boss";
import { asBossDatabase, CHANNELS, type Transaction } from "../database/index.js";

/** What is used of pg-boss. */
export type Board = Pick<PgBoss, "createQueue" | "send" | "fetch" | "complete" | "fail" | "touch">;

/** Name of the queue. */
export const WEBHOOK_QUEUE = "webhook";

/** One attempt that is due. */
export type WebhookJob = {
  readonly deliveryId: string;
  /** Counted from 1; 1 again after {@link redeliver}. */
  readonly attempt: number;
};

/**
 * First attempts go before and beside later ones, which may wait long for an answer: a receiver that hangs cannot keep
 * new webhooks from going out.
 */
export const FIRST_ATTEMPT_PRIORITY = 1;

/** An attempt without a sign of life for so long is begun again, by whoever is there. */
export const HEARTBEAT_SECONDS = 10;

const QUEUE_OPTIONS = {
  heartbeatSeconds: HEARTBEAT_SECONDS,
  // Only for attempts whose process died: failed ones are sent anew, with their own delay.
  retryLimit: 1000,
  retryDelay: 1,
  expireInSeconds: 600,
  deleteAfterSeconds: 3600,
} as const;

const prepared = new WeakMap<Board, Promise<void>>();

/** Makes the queue, once; cheap when it is there. */
export function prepareWebhookQueue(board: Board): Promise<void> {
  const known = prepared.get(board);
  if (known !== undefined) return known;
  const made = board.createQueue(WEBHOOK_QUEUE, QUEUE_OPTIONS);
  prepared.set(board, made);
  made.catch(() => prepared.delete(board));
  return made;
}

/** Puts an attempt into the queue. @returns the id of its job */
export async function sendAttempt(
  board: Board,
  transaction: Transaction,
  job: WebhookJob & { readonly url: string; readonly delay: number },
): Promise<string> {
  const id = randomUUID();
  const data: WebhookJob = { deliveryId: job.deliveryId, attempt: job.attempt };
  await board.send(WEBHOOK_QUEUE, data, {
    id,
    db: asBossDatabase(transaction),
    group: { id: hostOf(job.url) },
    priority: job.attempt === 1 ? FIRST_ATTEMPT_PRIORITY : 0,
    ...(job.delay > 0 ? { startAfter: job.delay } : {}),
  });
  if (job.delay === 0)
    await transaction.query("select pg_notify($1, $2)", [CHANNELS.webhook, job.deliveryId]);
  return id;
}

/** Whose turn it is: one host cannot take the places of all. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host || "-" : "-";
}
