import type { LiveFormat } from "../request/index.js";
import type { RequestSnapshot, RequestState } from "./talk-queue.js";

/** A request's row without its payloads. */
export type SnapshotRow = {
  readonly id: string;
  readonly key_id: string;
  readonly endpoint: string;
  readonly state: RequestState;
  readonly progress: number;
  readonly outcome: RequestSnapshot["outcome"];
  readonly inference_seconds: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly worker_id: string | null;
  readonly attempt: number;
  readonly live_format: LiveFormat | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
};

/** The columns of a {@link SnapshotRow}. */
export const SNAPSHOT_COLUMNS = `id, key_id, endpoint, state, progress, outcome, inference_seconds, error_type,
  error_message, worker_id, attempt, live_format, created_at, started_at, ended_at`;

/** What can be told about a row at this moment. */
export function toSnapshot(row: SnapshotRow, queuePosition: number | null): RequestSnapshot {
  return {
    id: row.id,
    keyId: row.key_id,
    endpoint: row.endpoint,
    state: row.state,
    queuePosition,
    progress: row.progress,
    outcome: row.outcome,
    inferenceSeconds: row.inference_seconds ?? secondsSince(row.started_at),
    errorType: row.error_type,
    errorMessage: row.error_message,
    runnerId: row.worker_id,
    attempt: row.attempt,
    liveFormat: row.live_format,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

function secondsSince(start: Date | null): number | null {
  return start === null ? null : Math.max(0, (Date.now() - start.getTime()) / 1000);
}
