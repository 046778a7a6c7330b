import { setTimeout as delay } from "node:timers/promises";
import { type FaultBench, submit } from "../../test/support/fault-bench.js";
import { isAlive } from "../../test/support/run-cli.js";
import type { RunningServer } from "../../test/support/run-server.js";
import { call, until } from "../../test/support/server-calls.js";
import { type ServerReport, spreadOf } from "./server-report.js";
import { followStatus } from "./status-events.js";

/** Writes a dozen lines within a few seconds. */
const TELLING = { prompt: "This is a rather long sentence. ".repeat(3), resolution: "360p" };
/** Is soon drawn, and then for some seconds. */
const DRAWING = { prompt: "This is a rather long sentence. ".repeat(12), resolution: "720p" };
/** Into the middle of the work. */
const WORK_MS = 400;

/** Requests that are begun and cancelled: how soon the one and the other happens. */
export async function measureBeginAndCancel(
  bench: FaultBench,
  server: RunningServer,
  image: string,
  times: number,
): Promise<Pick<ServerReport, "firstInProgress" | "cancel">> {
  const begun: number[] = [];
  const answered: number[] = [];
  const stopped: number[] = [];
  for (let turn = 0; turn < times; turn++) {
    // The process ahead is ready, and is the one that this request takes.
    const [media] = await until("a media process", () => {
      const found = bench.processes().filter(({ role }) => role === "media");
      return found.length === 1 && found;
    });
    const asked = performance.now();
    const request = await submit(server, { image_url: image, ...DRAWING });
    let begunAt: number | null = null;
    await new Promise<void>((resolve, reject) => {
      followStatus(request.statusUrl, ({ status, logs }) => {
        if (status !== "IN_QUEUE") begunAt ??= performance.now();
        const isDrawn = logs?.some(({ message }: { message: string }) => message.startsWith("Rendering"));
        if (isDrawn || status === "COMPLETED") resolve();
      }).catch(reject);
    });
    begun.push(begunAt! - asked);
    await delay(WORK_MS);
    const cancelled = performance.now();
    const ended = until("the end of the render", () => !isAlive(media!.pid), 30_000);
    await call(request.cancelUrl, { method: "PUT" });
    answered.push(performance.now() - cancelled);
    await ended;
    stopped.push(performance.now() - cancelled);
    await delay(WORK_MS);
  }
  return {
    firstInProgress: spreadOf(begun),
    cancel: { answer: spreadOf(answered), stopped: spreadOf(stopped) },
  };
}

/** How long the lines of a log take to those who follow the request. */
export async function measureStreams(
  server: RunningServer,
  image: string,
  streams: number,
  seconds: number,
): Promise<ServerReport["streams"][number]> {
  const delays: number[] = [];
  const request = await submit(server, { image_url: image, ...TELLING });
  const followers = await Promise.all(
    Array.from({ length: streams }, async () => {
      let isFirst = true;
      return followStatus(request.statusUrl, ({ logs }) => {
        // What was there before the stream began says nothing.
        if (!isFirst) for (const { timestamp } of logs ?? []) delays.push(Date.now() - Date.parse(timestamp));
        isFirst = false;
      });
    }),
  );
  await Promise.race([Promise.all(followers.map(({ ended }) => ended)), delay(seconds * 1000)]);
  await call(request.cancelUrl, { method: "PUT" });
  await Promise.all(followers.map((follower) => follower.close()));
  return { streams, delay: spreadOf(delays) };
}
