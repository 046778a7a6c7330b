import { Client } from "undici";
import { submit } from "../../test/support/fault-bench.js";
import { pollStatus } from "../../test/support/poll-status.js";
import type { RunningServer } from "../../test/support/run-server.js";
import { call, longInput, MODEL, shortInput, until } from "../../test/support/server-calls.js";
import { type Rate, type ServerReport, spreadOf } from "./server-report.js";

const CLIENTS = 20;

/** How many calls the server answers when they come as fast as they are answered. */
export async function measureRates(
  server: RunningServer,
  image: string,
  seconds: number,
): Promise<Pick<ServerReport, "polls" | "submits">> {
  const ended = await submit(server, {});
  await isIn("COMPLETED", ended.statusUrl);
  const idle = await measurePolls(ended.statusUrl, seconds);
  const long = await submit(server, longInput(image));
  await isIn("IN_PROGRESS", long.statusUrl);
  const rendering = await measurePolls(long.statusUrl, seconds);
  const submits = await measureSubmits(server, image, seconds);
  await call(long.cancelUrl, { method: "PUT" });
  return { polls: { idle, rendering }, submits };
}

async function isIn(state: string, statusUrl: string): Promise<void> {
  await until(`a request that is ${state}`, async () => (await call(statusUrl)).body.status === state);
}

async function measurePolls(url: string, seconds: number): Promise<Rate> {
  const report = await pollStatus({ urls: [url], clients: CLIENTS, intervalMs: 0, seconds });
  return {
    perSecond: report.count / report.seconds,
    failures: report.failures,
    answer: { count: report.count, p50: report.p50Ms, p99: report.p99Ms },
  };
}

async function measureSubmits(server: RunningServer, image: string, seconds: number): Promise<Rate> {
  const times: number[] = [];
  let failures = 0;
  const body = JSON.stringify(shortInput(image));
  const begin = performance.now();
  const end = begin + seconds * 1000;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const connection = new Client(server.url);
      while (performance.now() < end) {
        const start = performance.now();
        const answer = await connection.request({ method: "POST", path: `/queue/${MODEL}`, body });
        await answer.body.text();
        times.push(performance.now() - start);
        if (answer.statusCode !== 200) failures++;
      }
      await connection.close();
    }),
  );
  const perSecond = times.length / ((performance.now() - begin) / 1000);
  return { perSecond, failures, answer: spreadOf(times) };
}
