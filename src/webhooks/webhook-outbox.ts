import { randomUUID } from "node:crypto";
import type { WebhookOutbox } from "../queue/index.js";
import { writeBody } from "./webhook-body.js";
import { type Board, prepareWebhookQueue, sendAttempt } from "./webhook-queue.js";

/** Where workers leave webhooks, in the transaction that settles their request. */
export function createWebhookOutbox({ board }: { readonly board: Board }): WebhookOutbox {
  // Begun now, so that the first transaction need not wait; what goes wrong is told to who enqueues.
  prepareWebhookQueue(board).catch(() => {});
  return {
    async enqueue(transaction, { requestId, keyId, url, body }) {
      await prepareWebhookQueue(board);
      const id = randomUUID();
      const added = await transaction.query(
        `insert into webhook_deliveries (id, request_id, key_id, url, body, state, job_id)
         values ($1, $2, $3, $4, $5, 'pending', $1) on conflict (request_id) do nothing returning id`,
        [id, requestId, keyId, url, writeBody(body)],
      );
      if (added.length === 0) return;
      const jobId = await sendAttempt(board, transaction, { deliveryId: id, attempt: 1, url, delay: 0 });
      await transaction.query("update webhook_deliveries set job_id = $2 where id = $1", [id, jobId]);
    },
  };
}
