import type { Database, Queryable } from "../database/index.js";
import { forgetPayload } from "./webhook-body.js";
import { type Board, prepareWebhookQueue, sendAttempt } from "./webhook-queue.js";

/** One attempt at a delivery, as it is remembered. */
export type LoggedAttempt = {
  /** Counted from 1. */
  readonly attempt: number;
  readonly at: Date;
  /** Null: no answer. */
  readonly statusCode: number | null;
  /** Null: delivered. */
  readonly error: string | null;
  readonly seconds: number;
};

/** A delivery with all its attempts. */
export type LoggedDelivery = {
  readonly id: string;
  readonly requestId: string;
  readonly url: string;
  readonly state: "pending" | "delivered" | "failed";
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly attempts: readonly LoggedAttempt[];
};

/** What happened to webhooks, and another try for them. */
export interface WebhookLog {
  /**
   * Deliveries, newest first.
   *
   * @param filter - of one request, of one key (null: of all)
   * @param page - `limit` from `offset` on
   */
  list(
    filter: { readonly requestId: string | null; readonly keyId: string | null },
    page: { readonly limit: number; readonly offset: number },
  ): Promise<readonly LoggedDelivery[]>;
  /**
   * Sends an ended delivery again, with the whole schedule; one that is pending goes on as it is.
   *
   * @param keyId - only when it belongs to this key; null: whoever it belongs to
   * @returns false when there is no such delivery
   */
  redeliver(id: string, keyId: string | null): Promise<boolean>;
  /** Takes the payloads out of what is kept of deliveries, when those of the requests are deleted. */
  forget(queryable: Queryable, requestIds: readonly string[]): Promise<void>;
}

type Row = {
  id: string;
  request_id: string;
  url: string;
  state: LoggedDelivery["state"];
  created_at: Date;
  ended_at: Date | null;
  attempts: {
    attempt: number;
    at: string;
    status_code: number | null;
    error: string | null;
    seconds: number;
  }[];
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The log of deliveries in the database. */
export function createWebhookLog(options: {
  readonly database: Database;
  readonly board: Board;
}): WebhookLog {
  const { database, board } = options;
  return {
    async list({ requestId, keyId }, { limit, offset }) {
      const rows = await database.query<Row>(
        `select d.id, d.request_id, d.url, d.state, d.created_at, d.ended_at,
           coalesce((select json_agg(a order by a.attempt) from webhook_attempts a where a.delivery_id = d.id), '[]')
             as attempts
         from webhook_deliveries d
         where ($1::uuid is null or d.request_id = $1) and ($2::uuid is null or d.key_id = $2)
         order by d.created_at desc, d.id limit $3 offset $4`,
        [requestId, keyId, limit, offset],
      );
      return rows.map(toDelivery);
    },
    async redeliver(id, keyId) {
      if (!UUID.test(id)) return false;
      await prepareWebhookQueue(board);
      return database.transaction(async (transaction) => {
        const [row] = await transaction.query<{ url: string; state: string }>(
          "select url, state from webhook_deliveries where id = $1 and ($2::uuid is null or key_id = $2) for update",
          [id, keyId],
        );
        if (row === undefined) return false;
        if (row.state === "pending") return true;
        const job = { deliveryId: id, attempt: 1, url: row.url, delay: 0 };
        const jobId = await sendAttempt(board, transaction, job);
        await transaction.query(
          "update webhook_deliveries set state = 'pending', ended_at = null, job_id = $2 where id = $1",
          [id, jobId],
        );
        return true;
      });
    },
    async forget(queryable, requestIds) {
      const rows = await queryable.query<{ id: string; body: string }>(
        `select id, body from webhook_deliveries
         where request_id = any($1::uuid[]) and forgotten_at is null for update`,
        [requestIds],
      );
      for (const { id, body } of rows) await forgetBody(queryable, id, body);
    },
  };
}

/** Replaces the body of one delivery. */
export async function forgetBody(queryable: Queryable, id: string, body: string): Promise<void> {
  await queryable.query("update webhook_deliveries set body = $2, forgotten_at = now() where id = $1", [
    id,
    forgetPayload(body),
  ]);
}

function toDelivery(row: Row): LoggedDelivery {
  return {
    id: row.id,
    requestId: row.request_id,
    url: row.url,
    state: row.state,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    attempts: row.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      at: new Date(attempt.at),
      statusCode: attempt.status_code,
      error: attempt.error,
      seconds: attempt.seconds,
    })),
  };
}
