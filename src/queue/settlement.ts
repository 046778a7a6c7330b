import type { Transaction } from "../database/index.js";
import { CHANNELS } from "../database/index.js";
import type { OutputFile, TalkOutput } from "../pipeline/index.js";
import { EXTRA_OUTPUT_KEYS } from "../request/index.js";
import type { Failure } from "./failure.js";
import { type AttemptKey, affected, TALKS, type TalkBoard, within } from "./talk-board.js";
import type { TalkOutcome } from "./talk-runner.js";
import type { SettledFile, SettledFiles, WebhookOutbox, WorkerFiles } from "./worker-ports.js";

/** What it takes to end requests. */
export type Settling = {
  readonly board: TalkBoard;
  readonly webhooks: WebhookOutbox;
  /** Days for which requests and answers are remembered. */
  readonly keepPayloadsDays: number;
};

/** Thrown out of a transaction to undo it: the attempt is no longer the current one. */
export class StaleAttemptError extends Error {
  override readonly name = "StaleAttemptError";
}

/** With `X-Fal-Store-IO: 0` a sync answer goes as soon as it was handed out, a queued one after an hour. */
const payloadsExpireAt = (days: string) => `clock_timestamp() + case
  when stores_payloads then make_interval(secs => greatest(${days}::float8 * 86400, 3600))
  when is_sync then interval '60 s'
  else interval '1 hour' end`;

/** Tells whoever shows the request that it changed, and workers that there may be room for another. */
export async function announce(transaction: Transaction, ids: readonly string[]): Promise<void> {
  await transaction.query(
    "select pg_notify($1, id), pg_notify($2, id) from unnest($3::text[]) as changed (id)",
    [CHANNELS.changed, CHANNELS.submitted, ids],
  );
}

/**
 * Ends one request without a video, if it is still open. Its job must have been ended in the same transaction, before.
 *
 * @returns whether it was open
 */
export async function settleFailure(
  transaction: Transaction,
  { webhooks, keepPayloadsDays }: Settling,
  id: string,
  failure: Failure,
): Promise<boolean> {
  const [row] = await transaction.query<{ key_id: string; webhook_url: string | null }>(
    `update requests set state = 'COMPLETED', outcome = $2, status_code = $3, error_body = $4, error_type = $5,
       error_message = $6, ended_at = clock_timestamp(), billable_units = 0, start_deadline = null, held_until = null,
       inference_seconds = extract(epoch from clock_timestamp() - started_at),
       input = case when stores_payloads then input end,
       payloads_expire_at = ${payloadsExpireAt("$7")}
     where id = $1 and state <> 'COMPLETED'
     returning key_id, webhook_url`,
    [
      id,
      failure.outcome,
      failure.statusCode,
      JSON.stringify(failure.body),
      failure.errorType,
      withoutNul(failure.message),
      keepPayloadsDays,
    ],
  );
  if (row === undefined) return false;
  if (row.webhook_url !== null) {
    await webhooks.enqueue(transaction, {
      requestId: id,
      keyId: row.key_id,
      url: row.webhook_url,
      body: {
        request_id: id,
        gateway_request_id: id,
        status: "ERROR",
        error: `Invalid status code: ${failure.statusCode}`,
        payload: failure.body,
      },
    });
  }
  await announce(transaction, [id]);
  return true;
}

/** A finished attempt with its files in the object store. */
export type Done = {
  readonly attempt: AttemptKey;
  readonly outcome: TalkOutcome;
  readonly files: SettledFiles;
  readonly inferenceSeconds: number;
  readonly pricePerSecond: number;
};

/** The request's output as it is stored. */
export function outputOf({ video, extras }: SettledFiles): TalkOutput {
  const named = extras.map((file) => [EXTRA_OUTPUT_KEYS[file.output], outputFile(file)] as const);
  return { video: outputFile(video), ...Object.fromEntries(named) };
}

function outputFile({ id, contentType, fileName, sizeBytes }: SettledFile): OutputFile {
  return {
    url: `parlante-file:${id}`,
    content_type: contentType,
    file_name: fileName,
    file_size: sizeBytes,
  };
}

/**
 * Ends one request with its video: done, billed, its files fetchable and its webhook promised, all or nothing.
 *
 * @param shownOutput - the output with URLs, for the webhook
 * @throws {@link StaleAttemptError} when the request has been cancelled or given to another worker
 */
export async function settleDone(
  transaction: Transaction,
  { board, webhooks, keepPayloadsDays }: Settling,
  { recordOutputs }: Pick<WorkerFiles, "recordOutputs">,
  { attempt, outcome, files, inferenceSeconds, pricePerSecond }: Done,
  shownOutput: unknown,
): Promise<void> {
  const completed = affected(await board.complete(TALKS, attempt, null, within(transaction)));
  if (completed !== 1) throw new StaleAttemptError();
  await recordOutputs(transaction, [files.video, ...files.extras]);
  const [row] = await transaction.query<{ key_id: string; webhook_url: string | null }>(
    `with done as (
       update requests set state = 'COMPLETED', outcome = 'ok', output = $2, status_code = 200, progress = 1,
         ended_at = clock_timestamp(), inference_seconds = $3, timings = $4, video_seconds = $5::float8, frame_count = $6,
         billable_units = $5::float8, start_deadline = null, held_until = null,
         input = case when stores_payloads then input end,
         payloads_expire_at = ${payloadsExpireAt("$7")}
       where id = $1 and state <> 'COMPLETED'
       returning id, key_id, endpoint, auth_method, billable_units, webhook_url
     ), billed as (
       insert into ledger (request_id, key_id, endpoint, units, unit, unit_price, cost, auth_method)
       select id, key_id, endpoint, billable_units, 'seconds', $8::numeric, billable_units * $8::numeric, auth_method
       from done
     )
     select key_id, webhook_url from done`,
    [
      attempt.id,
      JSON.stringify(outputOf(files)),
      inferenceSeconds,
      JSON.stringify(outcome.timings),
      outcome.duration,
      outcome.frameCount,
      keepPayloadsDays,
      pricePerSecond,
    ],
  );
  if (row === undefined) throw new StaleAttemptError();
  if (row.webhook_url !== null) {
    await webhooks.enqueue(transaction, {
      requestId: attempt.id,
      keyId: row.key_id,
      url: row.webhook_url,
      body: {
        request_id: attempt.id,
        gateway_request_id: attempt.id,
        status: "OK",
        error: null,
        payload: shownOutput,
      },
    });
  }
  await announce(transaction, [attempt.id]);
}

/**
 * Ends an attempt whose failure is final.
 *
 * @throws {@link StaleAttemptError} when it is no longer the current one
 */
export async function settleFailedAttempt(
  transaction: Transaction,
  settling: Settling,
  attempt: AttemptKey,
  failure: Failure,
): Promise<void> {
  const completed = affected(await settling.board.complete(TALKS, attempt, null, within(transaction)));
  if (completed !== 1) throw new StaleAttemptError();
  await settleFailure(transaction, settling, attempt.id, failure);
}

/**
 * Gives a job back to the queue, to be fetched again at once; when it has been tried often enough, its request ends.
 *
 * @param options.note - what the log of the request says about it
 * @param options.isFree - the attempt does not count: it was not the job's fault
 * @throws {@link StaleAttemptError} when it is no longer the current one
 */
export async function releaseAttempt(
  transaction: Transaction,
  settling: Settling,
  attempt: AttemptKey,
  options: { readonly note: string; readonly failure: Failure; readonly isFree?: boolean },
): Promise<"released" | "failed"> {
  const { note, failure, isFree = false } = options;
  if (isFree) {
    await transaction.query(
      `update pgboss.job set retry_limit = retry_limit + 1
       where name = $1 and id = $2 and state = 'active' and retry_count = $3 and retry_limit > 0`,
      [TALKS, attempt.id, attempt.retryCount],
    );
  }
  const released = affected(
    await settling.board.fail(TALKS, attempt, { message: note }, within(transaction)),
  );
  if (released !== 1) throw new StaleAttemptError();
  const [job] = await transaction.query<{ state: string }>(
    "select state::text from pgboss.job where name = $1 and id = $2",
    [TALKS, attempt.id],
  );
  if (job?.state !== "retry") {
    await settleFailure(transaction, settling, attempt.id, failure);
    return "failed";
  }
  await returnToQueue(transaction, [attempt.id], note);
  return "released";
}

/** Shows requests as waiting again whose jobs have been given back. */
export async function returnToQueue(
  transaction: Transaction,
  ids: readonly string[],
  note: string,
): Promise<void> {
  // It began in time once: the limit for the start no longer applies.
  await transaction.query(
    `with waiting as (
       update requests set state = 'IN_QUEUE', worker_id = null, start_deadline = null, progress = 0
       where id = any($1::uuid[]) and state = 'IN_PROGRESS'
       returning id
     )
     insert into request_logs (request_id, message, level) select id, $2, 'WARN' from waiting`,
    [ids, note],
  );
  await announce(transaction, ids);
}

/** PostgreSQL's text cannot hold the character NUL. */
export function withoutNul(text: string): string {
  return text.replaceAll("\0", "�");
}
