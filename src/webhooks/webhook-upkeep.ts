import type { Database } from "../database/index.js";
import { MAX_ATTEMPTS } from "./retry-schedule.js";
import { forgetBody } from "./webhook-log.js";
import { type Board, sendAttempt } from "./webhook-queue.js";

/** Days for which ended deliveries stay in the log. */
const LOG_DAYS = 30;
/** Rows in one go. */
const BATCH = 500;

/** What time does to deliveries: payloads expire, lost jobs are sent anew, old entries go. */
export async function keepUp(database: Database, board: Board): Promise<void> {
  await forgetExpired(database);
  await resendLost(database, board);
  await database.query(
    `delete from webhook_deliveries where id in (
       select id from webhook_deliveries where ended_at < now() - make_interval(days => $1) limit $2)`,
    [LOG_DAYS, BATCH],
  );
}

/** A webhook must not tell what the server has promised to forget. */
async function forgetExpired(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    const rows = await transaction.query<{ id: string; body: string }>(
      `select d.id, d.body from webhook_deliveries d join requests r on r.id = d.request_id
       where d.forgotten_at is null and (r.payloads_expire_at <= now()
         or r.payloads_expire_at is null and r.state = 'COMPLETED'
           and r.input is null and r.output is null and r.error_body is null)
       limit $1 for update of d skip locked`,
      [BATCH],
    );
    for (const { id, body } of rows) await forgetBody(transaction, id, body);
  });
}

/** A pending delivery whose job is gone, e.g. because the queue was emptied by hand, gets a new one. */
async function resendLost(database: Database, board: Board): Promise<void> {
  await database.transaction(async (transaction) => {
    const rows = await transaction.query<{ id: string; url: string; attempts: number }>(
      `select d.id, d.url, (select count(*)::integer from webhook_attempts a where a.delivery_id = d.id) as attempts
       from webhook_deliveries d
       where d.state = 'pending' and not exists (
         select from pgboss.job j where j.name = 'webhook' and j.id = d.job_id and j.state < 'completed')
       limit $1 for update of d skip locked`,
      [BATCH],
    );
    for (const { id, url, attempts } of rows) {
      const attempt = Math.min(attempts + 1, MAX_ATTEMPTS);
      const jobId = await sendAttempt(board, transaction, { deliveryId: id, attempt, url, delay: 0 });
      await transaction.query("update webhook_deliveries set job_id = $2 where id = $1", [id, jobId]);
    }
  });
}
