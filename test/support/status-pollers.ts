/**
 * Clients that ask again and again, in a process of their own: what they cost is not counted as the server's.
 *
 * Arguments: one JSON text, {@link PollOrder}. Prints one JSON text, {@link PollReport}.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "undici";

export type PollOrder = {
  /** Addresses to be asked, in turn by each client. */
  readonly urls: readonly string[];
  readonly clients: number;
  /** From the start of one question to that of the next; 0: as fast as they are answered. */
  readonly intervalMs: number;
  readonly seconds: number;
};

export type PollReport = {
  readonly count: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How late this process itself was, at the 99th percentile: a busy machine. */
  readonly ownLateness99Ms: number;
  readonly seconds: number;
};

async function poll(order: PollOrder): Promise<PollReport> {
  const times: number[] = [];
  const lateness: number[] = [];
  let failures = 0;
  const begin = performance.now();
  const end = begin + order.seconds * 1000;
  await Promise.all(
    Array.from({ length: order.clients }, async (_, client) => {
      const connection = new Client(new URL(order.urls[0]!).origin);
      // They come at different moments, as strangers do.
      let next = begin + (client / order.clients) * order.intervalMs;
      for (let turn = client; next < end; turn++) {
        await delay(Math.max(0, next - performance.now()));
        const start = performance.now();
        if (order.intervalMs > 0) lateness.push(start - next);
        const { pathname, search } = new URL(order.urls[turn % order.urls.length]!);
        const isAnswered = await connection
          .request({ method: "GET", path: pathname + search })
          .then(async ({ statusCode, body }) => {
            await body.text();
            return statusCode < 300;
          })
          .catch(() => false);
        times.push(performance.now() - start);
        if (!isAnswered) failures++;
        next =
          order.intervalMs > 0 ? Math.max(next + order.intervalMs, performance.now()) : performance.now();
      }
      await connection.close();
    }),
  );
  times.sort((a, b) => a - b);
  lateness.sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    count: times.length,
    failures,
    p50Ms: at(times, 0.5),
    p99Ms: at(times, 0.99),
    maxMs: times.at(-1) ?? 0,
    ownLateness99Ms: at(lateness, 0.99),
    seconds: (performance.now() - begin) / 1000,
  };
}

process.stdout.write(JSON.stringify(await poll(JSON.parse(process.argv[2]!) as PollOrder)));
