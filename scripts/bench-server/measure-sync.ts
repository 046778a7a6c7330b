import { setTimeout as delay } from "node:timers/promises";
import type { FaultBench } from "../../test/support/fault-bench.js";
import type { RunningServer } from "../../test/support/run-server.js";
import { call, MODEL, PORTRAIT_FILE, shortInput } from "../../test/support/server-calls.js";
import { median } from "../bench/statistics.js";
import { startBareEngine } from "./bare-engine.js";
import type { ServerReport, SyncBreakdown } from "./server-report.js";

/** After each run the next media process is started ahead; measuring goes on when the machine is quiet again. */
const PAUSE_MS = 1_000;

/** The same request over HTTP and with the engine alone, in turn, both warm. */
export async function measureSync(
  bench: FaultBench,
  server: RunningServer,
  image: string,
  pairs: number,
): Promise<ServerReport["sync"]> {
  const engine = await startBareEngine();
  const overHttp: number[] = [];
  const alone: number[] = [];
  const ids: string[] = [];
  try {
    for (let pair = -1; pair < pairs; pair++) {
      const bareMs = await engine.talk(shortInput(PORTRAIT_FILE));
      await delay(PAUSE_MS);
      const start = performance.now();
      const { status, headers } = await call(`${server.url}/run/${MODEL}`, { body: shortInput(image) });
      const serverMs = performance.now() - start;
      if (status !== 200) throw new Error(`A sync run was answered with ${status}.`);
      await delay(PAUSE_MS);
      // The first of each analyses the face, and is cold in other ways.
      if (pair < 0) continue;
      alone.push(bareMs);
      overHttp.push(serverMs);
      ids.push(headers.get("x-fal-request-id")!);
    }
  } finally {
    await engine.close();
  }
  return {
    pairs,
    engine: median(alone),
    server: median(overHttp),
    added: median(overHttp.map((time, pair) => time - alone[pair]!)),
    ...(await breakDown(bench, ids, overHttp)),
  };
}

async function breakDown(
  bench: FaultBench,
  ids: readonly string[],
  overHttp: readonly number[],
): Promise<{ outside: number; breakdown: SyncBreakdown }> {
  const rows = await bench.withRecords((database) =>
    database.query<Record<"id" | "waiting" | "inference" | "engine" | "whole", string>>(
      `select id, 1000 * extract(epoch from started_at - created_at) as waiting,
         1000 * inference_seconds as inference, 1000 * (timings ->> 'total')::float8 as engine,
         1000 * extract(epoch from ended_at - created_at) as whole
       from requests where id = any($1::uuid[])`,
      [ids],
    ),
  );
  const found = ids.map((id) => rows.find((row) => row.id === id)!);
  const of = (value: (row: (typeof found)[number], index: number) => number) => median(found.map(value));
  const breakdown = {
    waiting: of((row) => Number(row.waiting)),
    engine: of((row) => Number(row.engine)),
    aroundEngine: of((row) => Number(row.inference) - Number(row.engine)),
    settling: of((row) => Number(row.whole) - Number(row.waiting) - Number(row.inference)),
    http: of((row, index) => overHttp[index]! - Number(row.whole)),
  };
  return { outside: of((row, index) => overHttp[index]! - Number(row.engine)), breakdown };
}
