/**
 * Measures how fast a portrait speaks, and prints it next to the goals.
 *
 * Usage: `npm run bench -- [--image FILE] [--only 360p,720p] [--runs N] [--seconds N] [--long] [--json FILE]`
 *
 * - *Times real time* is the length of the clip over the wall time of drawing, encoding and muxing to a finished and
 *   checked file, with rig and speech ready. Making the renderer is shown apart, and counted in a second figure.
 * - *Encode-only* is x264 `veryfast` at our CRF over the same drawn frames, held in memory, with the same sound, muxing
 *   and checks. Both run in turn, `--runs` times; the ratio is the median of the pairs' ratios, because machines are
 *   noisy. Frames from memory are not quite free for the encoder: they come from main memory, where ours may still
 *   lie in the cache.
 * - *Cold* is from the start of a process to the first encoded frame, or the finished file, of a whole talk from photo
 *   and text; *warm* is the second talk of the same program.
 * - *Around the face* compares what stands behind the person, captions and containers, each with the same clip, at 720p.
 * - *Peak memory* is that of a process which makes one talk at one size, and of its media process, at one instant. The
 *   goal is judged on the proportional set size: what both share is there once, and counts once.
 *
 * Times mean something on an idle machine only. The exit code tells of errors, not of missed goals: 0 measured,
 * 1 failed, 2 usage.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Photo } from "../src/assets/index.js";
import { planFraming } from "../src/frames/index.js";
import { FRAME_RATE } from "../src/performance/index.js";
import type { Rig } from "../src/portrait/index.js";
import type { Resolution } from "../src/request/index.js";
import { CancelledError, throwIfCancelled } from "../src/shared/errors.js";
import {
  type BenchReport,
  judge,
  type LongReport,
  type SizeReport,
  summarise,
} from "./bench/bench-report.js";
import { runChild } from "./bench/child.js";
import { type Clip, makeClip, readPhoto, resizePhoto } from "./bench/clip.js";
import { measureAnalysis } from "./bench/measure-analysis.js";
import { measureCompositions } from "./bench/measure-compositions.js";
import { measureKernels } from "./bench/measure-kernels.js";
import { FrameStore, frameBytes, measureRender } from "./bench/measure-render.js";
import type { RenderTask } from "./bench/render-child.js";
import { reportText } from "./bench/report-text.js";
import { type BenchSettings, readSettings, UsageError } from "./bench/settings.js";
import type { TalkTask, TalkTaskResult } from "./bench/talk-child.js";

/** Longer side of the photo whose analysis is timed, pixels. */
const ANALYSIS_SIDE = 1024;
/** Size at which backgrounds, captions and formats are compared, if it is measured at all. */
const COMPOSED: Resolution = "720p";
const LONG = { resolution: "360p", seconds: 300 } as const;
const TALK_CHILD = new URL("./bench/talk-child.ts", import.meta.url);
const RENDER_CHILD = new URL("./bench/render-child.ts", import.meta.url);

/** What every size is measured with. */
type Scene = { readonly photo: Photo; readonly rig: Rig; readonly clip: Clip };

async function bench(settings: BenchSettings, workspace: string, signal: AbortSignal): Promise<BenchReport> {
  const loadBefore = loadavg()[0]!;
  const image = resolve(settings.image);
  say("portrait");
  const photo = await resizePhoto(await readPhoto(image), ANALYSIS_SIDE);
  // First, because only the first analysis of a process is cold.
  const { rig, figures: analysis } = await measureAnalysis(photo, settings.runs);
  throwIfCancelled(signal);
  const clip = await makeClip(settings.seconds);
  const scene = { photo, rig, clip };

  // Those that need the machine for themselves before this process has grown.
  const talks = new Map<Resolution, Pick<SizeReport, "talk" | "memory">>();
  for (const resolution of settings.resolutions) {
    say(`${resolution}: talks`);
    const task: TalkTask = { image, prompt: clip.prompt, resolution, workspace };
    const { result, memory } = await runChild<TalkTask, TalkTaskResult>(TALK_CHILD, task, signal);
    talks.set(resolution, { talk: result, memory });
  }
  const long = settings.long ? await measureLong(settings, image, workspace, signal) : null;
  const sizes: SizeReport[] = [];
  const store = new FrameStore(storeBytes(scene, settings.resolutions));
  for (const resolution of settings.resolutions) {
    const figures = await measureSize(scene, resolution, { runs: settings.runs, store, workspace, signal });
    sizes.push({ ...figures, ...talks.get(resolution)! });
  }
  say("around the face");
  const composed = settings.resolutions.find((each) => each === COMPOSED) ?? settings.resolutions[0]!;
  const around = await measureCompositions(scene, composed, { runs: settings.runs, workspace, signal });
  const cores = availableParallelism();
  const machine = {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    loadBefore,
    loadAfter: loadavg()[0]!,
  };
  const { prompt, seconds } = clip;
  const report = { machine, clip: { prompt, seconds, runs: settings.runs }, analysis, sizes, around, long };
  return { ...report, verdicts: judge(report) };
}

async function measureSize(
  { photo, rig, clip }: Scene,
  resolution: Resolution,
  options: { runs: number; store: FrameStore; workspace: string; signal: AbortSignal },
): Promise<Omit<SizeReport, "talk" | "memory">> {
  const framing = framingOf(rig, photo, resolution);
  const input = { rig, photo, framing, performance: clip.performance };
  say(`${resolution}: rendering`);
  const render = await measureRender(input, clip.samples, options);
  say(`${resolution}: kernels`);
  const kernels = await measureKernels(input);
  throwIfCancelled(options.signal);
  return { resolution, render, summary: summarise(render.rounds, clip.seconds), kernels };
}

async function measureLong(
  settings: BenchSettings,
  image: string,
  workspace: string,
  signal: AbortSignal,
): Promise<LongReport> {
  const measure = async (seconds: number): Promise<LongReport["long"]> => {
    say(`${LONG.resolution}: ${seconds} s`);
    const { resolution } = LONG;
    const task: RenderTask = { image, clipSeconds: settings.seconds, seconds, resolution, workspace };
    const { memory } = await runChild<RenderTask, unknown>(RENDER_CHILD, task, signal);
    return { seconds, memory };
  };
  return {
    resolution: LONG.resolution,
    short: await measure(settings.seconds),
    long: await measure(LONG.seconds),
  };
}

function framingOf(rig: Rig, photo: Photo, resolution: Resolution) {
  return planFraming(rig, photo, { resolution, aspectRatio: "16:9", fit: null });
}

/** Memory for the drawn frames of the largest size. */
function storeBytes({ photo, rig, clip }: Scene, resolutions: readonly Resolution[]): number {
  const sizes = resolutions.map((resolution) => {
    const { width, height } = framingOf(rig, photo, resolution);
    return frameBytes(width, height);
  });
  return Math.max(...sizes) * clip.seconds * FRAME_RATE;
}

/** What is being done, for those who wait; the report alone goes to standard output. */
function say(step: string): void {
  process.stderr.write(`${step} …\n`);
}

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  const workspace = await mkdtemp(join(tmpdir(), "parlante-bench-"));
  try {
    const report = await bench(settings, workspace, controller.signal);
    if (settings.jsonPath !== null)
      await writeFile(settings.jsonPath, `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(reportText(report));
  } finally {
    // When stopped, a process that is just ending may still have a file in there.
    await rm(workspace, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  await main();
} catch (error) {
  const stopped = controller.signal.aborted || error instanceof CancelledError;
  console.error(stopped ? "Stopped." : error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
