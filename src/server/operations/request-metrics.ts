import { Counter, Histogram, type Registry } from "prom-client";
import type { Database } from "../../database/index.js";
import { FinishedRows } from "./finished-rows.js";

type FinishedRequest = {
  readonly outcome: "ok" | "error" | "cancelled";
  readonly error_type: string | null;
  readonly is_sync: boolean;
  readonly attempt: number;
  readonly timings: Readonly<Record<string, number>> | null;
  readonly video_seconds: number | null;
  readonly inference_seconds: number | null;
  readonly waited_seconds: number | null;
};

const WAIT_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
const WORK_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1800];
const LENGTH_BUCKETS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];
const FACTOR_BUCKETS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50];

/**
 * Requests that ended, by any worker: counted from the table that all share, so that every process tells the same.
 *
 * @returns reads what has ended since the last call
 */
export function createRequestMetrics(registry: Registry, database: Database): { read(): Promise<void> } {
  const registers = [registry];
  const ended = new Counter({
    name: "parlante_requests_total",
    help: "Requests that ended since this process started, on any worker. error_type is empty when all went well.",
    labelNames: ["outcome", "error_type", "mode"],
    registers,
  });
  const attempts = new Counter({
    name: "parlante_request_attempts_total",
    help: "Attempts at those requests; more than requests when workers crashed.",
    registers,
  });
  const videoSeconds = new Counter({
    name: "parlante_video_seconds_total",
    help: "Length of all finished videos: what is billed.",
    registers,
  });
  const histogram = (name: string, help: string, buckets: number[], labelNames: string[] = []) =>
    new Histogram({ name: `parlante_${name}`, help, buckets, labelNames, registers });
  const waited = histogram("request_wait_seconds", "From submission to the start of the work.", WAIT_BUCKETS);
  const worked = histogram("request_work_seconds", "From the start of the work to its end.", WORK_BUCKETS, [
    "outcome",
  ]);
  const stages = histogram("stage_seconds", "Time per stage of a finished video.", WORK_BUCKETS, ["stage"]);
  const lengths = histogram("video_length_seconds", "Length of finished videos.", LENGTH_BUCKETS);
  const factors = histogram(
    "real_time_factor",
    "Seconds of work per second of video; below 1 is faster than real time.",
    FACTOR_BUCKETS,
  );
  const rows = new FinishedRows<FinishedRequest>(database, {
    firstId: "00000000-0000-0000-0000-000000000000",
    page: (from, after, limit) =>
      from.query(
        `select id::text, ended_at::text as ended, extract(epoch from ended_at)::float8 as epoch, outcome, error_type,
           is_sync, attempt, timings, video_seconds, inference_seconds,
           extract(epoch from started_at - created_at)::float8 as waited_seconds
         from requests where ended_at is not null and (ended_at, id) > ($1::timestamptz, $2::uuid)
         order by ended_at, id limit $3`,
        [after.ended, after.id, limit],
      ),
    observe(row) {
      const { outcome, inference_seconds: work, video_seconds: length } = row;
      ended.inc({ outcome, error_type: row.error_type ?? "", mode: row.is_sync ? "sync" : "queue" });
      attempts.inc(row.attempt);
      if (row.waited_seconds !== null) waited.observe(row.waited_seconds);
      if (work !== null) worked.observe({ outcome }, work);
      if (length === null || outcome !== "ok") return;
      videoSeconds.inc(length);
      lengths.observe(length);
      for (const [stage, seconds] of Object.entries(row.timings ?? {}))
        if (Number.isFinite(seconds)) stages.observe({ stage }, seconds);
      if (work !== null && length > 0) factors.observe(work / length);
    },
  });
  return rows;
}
