import type { Resolution } from "../../src/request/index.js";
import type { AnalysisFigures } from "./measure-analysis.js";
import type { CompositionsReport } from "./measure-compositions.js";
import type { KernelFigures } from "./measure-kernels.js";
import type { RenderFigures, RenderRound } from "./measure-render.js";
import type { MemoryPeaks } from "./memory-watch.js";
import { median } from "./statistics.js";
import type { TalkTaskResult } from "./talk-child.js";

/** All that the benchmark measured; what `--json` writes. */
export type BenchReport = {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    readonly platform: string;
    /** Mean number of busy processes in the minute before the start, and before the end. */
    readonly loadBefore: number;
    readonly loadAfter: number;
  };
  readonly clip: { readonly prompt: string; readonly seconds: number; readonly runs: number };
  readonly analysis: AnalysisFigures;
  readonly sizes: readonly SizeReport[];
  /** Backgrounds, captions and formats. */
  readonly around: CompositionsReport;
  /** Memory of a short and of a long clip; null when that was not asked for. */
  readonly long: LongReport | null;
  readonly verdicts: readonly Verdict[];
};

/** One resolution. */
export type SizeReport = {
  readonly resolution: Resolution;
  readonly render: RenderFigures;
  readonly summary: RenderSummary;
  readonly talk: TalkTaskResult;
  /** Of the cold talk; null where the system does not tell. */
  readonly memory: MemoryPeaks | null;
  readonly kernels: KernelFigures;
};

/** Medians over the rounds. */
export type RenderSummary = {
  /** Length of the clip over the wall time of drawing, encoding and muxing. */
  readonly timesRealTime: number;
  /** The same with making the renderer. */
  readonly timesRealTimePrepared: number;
  /** Our wall time over that of encoding only, with `veryfast`: median, smallest and largest of the rounds. */
  readonly overEncodeOnly: Range;
  /** The same with making the renderer. */
  readonly overEncodeOnlyPrepared: Range;
  /** Our wall time over that of encoding only with our encoder settings. */
  readonly overSamePreset: Range;
};

export type Range = { readonly median: number; readonly least: number; readonly most: number };

/** The same portrait for two lengths. */
export type LongReport = {
  readonly resolution: Resolution;
  readonly short: { readonly seconds: number; readonly memory: MemoryPeaks | null };
  readonly long: { readonly seconds: number; readonly memory: MemoryPeaks | null };
};

/** A goal of the project, and whether this run reached it. */
export type Verdict = {
  readonly goal: string;
  readonly value: number;
  readonly limit: number;
  readonly passed: boolean;
};

const TIMES_REAL_TIME: Partial<Record<Resolution, number>> = {
  "360p": 30,
  "540p": 14,
  "720p": 8,
  "1080p": 4,
};
const OVER_ENCODE_ONLY = 1.6;
/** Times real time of compositions at 720p. */
const COMPOSED_TIMES: Readonly<Record<string, number>> = { "a picture, and captions": 6, "a film": 4 };
/** A film over one colour. */
const FILM_OVER_COLOR = 1.5;
const ANALYSIS_SECONDS = 1.5;
const MEMORY_BYTES = 600e6;
/** What two runs of the same program differ by. */
const SAME_MEMORY = 1.05;

/** What the rounds of a clip of `seconds` come to. */
export function summarise(rounds: readonly RenderRound[], seconds: number): RenderSummary {
  const range = (ratio: (round: RenderRound) => number): Range => {
    const ratios = rounds.map(ratio);
    return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
  };
  return {
    timesRealTime: seconds / median(rounds.map(({ ours }) => ours.wall)),
    timesRealTimePrepared: seconds / median(rounds.map(({ ours, preparing }) => ours.wall + preparing)),
    overEncodeOnly: range(({ ours, veryfast }) => ours.wall / veryfast.wall),
    overEncodeOnlyPrepared: range(({ ours, veryfast, preparing }) => (ours.wall + preparing) / veryfast.wall),
    overSamePreset: range(({ ours, samePreset }) => ours.wall / samePreset.wall),
  };
}

/** Compares with the goals, which are meant for two idle cores and a clip of 10 s. */
export function judge(report: Omit<BenchReport, "verdicts">): Verdict[] {
  const { analysis, sizes, around, long } = report;
  const atMost = (goal: string, value: number, limit: number) => ({
    goal,
    value,
    limit,
    passed: value <= limit,
  });
  const verdicts: Verdict[] = [];
  for (const { resolution, summary, memory } of sizes) {
    const limit = TIMES_REAL_TIME[resolution];
    if (limit !== undefined) {
      const value = summary.timesRealTime;
      verdicts.push({ goal: `${resolution} times real time`, value, limit, passed: value >= limit });
    }
    verdicts.push(atMost(`${resolution} over encode-only`, summary.overEncodeOnly.median, OVER_ENCODE_ONLY));
    if (memory !== null) verdicts.push(atMost(`${resolution} memory`, memory.together, MEMORY_BYTES));
  }
  for (const { name, timesRealTime: value, overColor } of around.compositions) {
    const limit = around.resolution === "720p" ? COMPOSED_TIMES[name] : undefined;
    if (limit !== undefined) {
      verdicts.push({ goal: `${name}: times real time`, value, limit, passed: value >= limit });
    }
    if (name === "a film") verdicts.push(atMost(`${name}: over one colour`, overColor, FILM_OVER_COLOR));
  }
  verdicts.push(atMost("analysis cold", analysis.cold, ANALYSIS_SECONDS));
  verdicts.push(atMost("analysis warm", analysis.warm, ANALYSIS_SECONDS));
  if (long?.short.memory && long.long.memory) {
    verdicts.push(
      atMost("memory long over short", long.long.memory.together / long.short.memory.together, SAME_MEMORY),
    );
  }
  return verdicts;
}
