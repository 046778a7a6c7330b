/**
 * Measures a real server on a temporary directory, and prints what it found.
 *
 * Usage: `npm run bench:server -- [--pairs N] [--seconds N] [--json FILE]`
 *
 * - *Sync run* is the same small request over HTTP and with the engine alone, `--pairs` times in turn, both warm: the
 *   face is known, a media process is started ahead. What the server adds is the median of the pairs' differences.
 * - *Log line to event* is from the moment that the worker wrote a line down to its arrival at those who follow the
 *   request as a stream of events.
 * - *Cancel* is from the call to its answer, and to the end of the process that draws and encodes.
 * - *Polls* come from 20 clients in a process of their own, *submits* from 20 clients in this one, each as fast as it
 *   is answered, `--seconds` long.
 *
 * Times mean something on an idle machine only. The exit code tells of errors, not of missed goals: 0 measured,
 * 1 failed, 2 usage.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createFaultBench, type FaultBench } from "../test/support/fault-bench.js";
import { measureRates } from "./bench-server/measure-rates.js";
import { measureBeginAndCancel, measureStreams } from "./bench-server/measure-requests.js";
import { measureSync } from "./bench-server/measure-sync.js";
import { reportText, type ServerReport } from "./bench-server/server-report.js";

type Settings = { readonly pairs: number; readonly seconds: number; readonly jsonPath: string | null };

const ENVIRONMENT = { PARLANTE_RENDERS: "1", PARLANTE_LOG_LEVEL: "warn" };
const CANCELS = 7;
const STREAMS = [1, 10, 100];

async function measure(bench: FaultBench, settings: Settings): Promise<ServerReport> {
  const loadBefore = loadavg()[0]!;
  const start = await measureStarts(bench);
  const server = await bench.start(ENVIRONMENT);
  const image = await bench.uploadPortrait(server);
  say("sync runs");
  const sync = await measureSync(bench, server, image, settings.pairs);
  say("beginning and cancelling");
  const requests = await measureBeginAndCancel(bench, server, image, CANCELS);
  const streams: ServerReport["streams"][number][] = [];
  for (const count of STREAMS) {
    say(`${count} streams`);
    streams.push(await measureStreams(server, image, count, 3 * settings.seconds));
  }
  say("polls and submits");
  const rates = await measureRates(server, image, settings.seconds);
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    node: process.versions.node,
    loadBefore,
    loadAfter: loadavg()[0]!,
  };
  return { machine, start, sync, ...requests, streams, ...rates };
}

async function measureStarts(bench: FaultBench): Promise<ServerReport["start"]> {
  const seconds: number[] = [];
  for (const what of ["first start", "later start"]) {
    say(what);
    const begin = performance.now();
    const server = await bench.start(ENVIRONMENT);
    seconds.push((performance.now() - begin) / 1000);
    await server.stop();
  }
  const [first, later] = seconds;
  return { first: first!, later: later! };
}

function say(what: string): void {
  process.stderr.write(`measuring: ${what}\n`);
}

function readSettings(args: readonly string[]): Settings | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        pairs: { type: "string", default: "9" },
        seconds: { type: "string", default: "4" },
        json: { type: "string" },
      },
    });
    const pairs = Number(values.pairs);
    const seconds = Number(values.seconds);
    const areNumbers = Number.isInteger(pairs) && pairs > 0 && seconds > 0 && seconds <= 60;
    return areNumbers ? { pairs, seconds, jsonPath: values.json ?? null } : null;
  } catch {
    return null;
  }
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === null) {
    process.stderr.write("Usage: npm run bench:server -- [--pairs N] [--seconds N] [--json FILE]\n");
    return 2;
  }
  const bench = createFaultBench();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void bench.remove().finally(() => process.exit(1)));
  try {
    const report = await measure(bench, settings);
    process.stdout.write(reportText(report));
    if (settings.jsonPath !== null)
      await writeFile(settings.jsonPath, `${JSON.stringify(report, null, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  } finally {
    await bench.remove();
  }
}

process.exitCode = await main();
