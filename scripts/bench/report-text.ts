import type { BenchReport, Range, SizeReport } from "./bench-report.js";
import type { MemoryPeaks } from "./memory-watch.js";
import { median } from "./statistics.js";
import type { TalkTimes } from "./talk-child.js";

const LABEL_WIDTH = 46;
const CELL_WIDTH = 16;

/** The report as text, for a terminal or a README. */
export function reportText(report: BenchReport): string {
  const { clip, sizes } = report;
  const speed = `Rendering: rig and speech ready, to a finished file (median of ${clip.runs})`;
  const lines = [
    ...headLines(report),
    "",
    row("", sizes, ({ render }) => `${render.width}x${render.height}`),
    speed,
    ...renderLines(report),
    "",
    ...compositionLines(report),
    "",
    "Drawing, milliseconds per frame, nothing beside it",
    row("  all of a frame", sizes, ({ render }) => render.drawingAloneMs.toFixed(2)),
    ...kernelLines(sizes),
    "",
    "A whole talk, from photo file and text to a finished file: cold / warm",
    ...talkLines(sizes),
    "",
    "Peak memory of one talk, MB",
    ...memoryLines(report),
    "",
    ...otherLines(report),
    "",
    ...definitionLines(report),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function headLines({ machine, clip }: BenchReport): string[] {
  const { processor, cores, node, platform, loadBefore, loadAfter } = machine;
  const lines = [
    `${processor}, ${cores} cores, ${platform}, Node ${node}; load ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`,
    `Clip: ${clip.seconds} s at 25 frames per second with sound, 16:9, mouth and all layers`,
  ];
  if (loadBefore > cores * 0.3)
    lines.push("The machine was busy: times are inflated; only ratios mean something.");
  return lines;
}

function renderLines(report: BenchReport): string[] {
  const { sizes } = report;
  const judged = (label: string, name: string, text: (size: SizeReport) => string, sign: string): string =>
    row(label, sizes, (size) => {
      const verdict = report.verdicts.find(({ goal }) => goal === `${size.resolution} ${name}`);
      if (verdict === undefined) return text(size);
      return `${text(size)} ${verdictWord(verdict.passed)} ${sign}${verdict.limit}`;
    });
  const middle = (pick: (round: SizeReport["render"]["rounds"][number]) => number, unit = 1, digits = 2) => {
    return ({ render }: SizeReport) => (median(render.rounds.map(pick)) * unit).toFixed(digits);
  };
  return [
    judged("  times real time", "times real time", (s) => s.summary.timesRealTime.toFixed(1), ">="),
    row("  … with making the renderer", sizes, (s) => s.summary.timesRealTimePrepared.toFixed(1)),
    judged(
      "  wall over encode-only",
      "over encode-only",
      (s) => s.summary.overEncodeOnly.median.toFixed(2),
      "<=",
    ),
    row("    least and most", sizes, (s) => spread(s.summary.overEncodeOnly)),
    row("  … with making the renderer", sizes, (s) => s.summary.overEncodeOnlyPrepared.median.toFixed(2)),
    row("  … over encode-only with our settings", sizes, (s) => s.summary.overSamePreset.median.toFixed(2)),
    row(
      "  wall, s",
      sizes,
      middle(({ ours }) => ours.wall),
    ),
    row(
      "  encode-only, wall, s",
      sizes,
      middle(({ veryfast }) => veryfast.wall),
    ),
    row(
      "  processor time, s",
      sizes,
      middle(({ ours }) => ours.cpu),
    ),
    row(
      "  encode-only, processor time, s",
      sizes,
      middle(({ veryfast }) => veryfast.cpu),
    ),
    row(
      "  … ours over encode-only",
      sizes,
      middle(({ ours, veryfast }) => ours.cpu / veryfast.cpu),
    ),
    row(
      "  making the renderer, ms",
      sizes,
      middle(({ preparing }) => preparing, 1000, 0),
    ),
    row(
      "  drawing beside the encoder, ms",
      sizes,
      middle(({ ours }) => ours.timings.drawing, 1000, 0),
    ),
    row(
      "  waiting for the encoder, ms",
      sizes,
      middle(({ ours }) => ours.timings.waiting, 1000, 0),
    ),
    row(
      "  last packets, index, check, disk, ms",
      sizes,
      middle(({ ours }) => ours.timings.finishing, 1000, 0),
    ),
    row(
      "  making the renderer to first encoded frame, ms",
      sizes,
      middle(({ ours, preparing }) => preparing + ours.timings.firstFrame, 1000, 0),
    ),
  ];
}

function compositionLines({ around, verdicts, clip }: BenchReport): string[] {
  const heads = ["times real time", "over one colour", "CPU ms a frame", "MB"];
  const cells = (label: string, texts: readonly string[]): string =>
    label.padEnd(LABEL_WIDTH) + texts.map((text) => text.padStart(CELL_WIDTH)).join("");
  const judged = (text: string, goal: string, sign: string): string => {
    const verdict = verdicts.find((candidate) => candidate.goal === goal);
    return verdict === undefined ? text : `${text} ${verdictWord(verdict.passed)} ${sign}${verdict.limit}`;
  };
  return [
    `Around the face, at ${around.resolution} (median of ${clip.runs}; cutting out, once: ${around.cuttingOut.toFixed(2)} s)`,
    cells("", heads),
    ...around.compositions.map(({ name, timesRealTime, overColor, cpuMs, sizeBytes }) =>
      cells(`  ${name}`, [
        judged(timesRealTime.toFixed(1), `${name}: times real time`, ">="),
        judged(overColor.toFixed(2), `${name}: over one colour`, "<="),
        cpuMs.toFixed(1),
        (sizeBytes / 1e6).toFixed(1),
      ]),
    ),
  ];
}

function kernelLines(sizes: readonly SizeReport[]): string[] {
  return [
    row("  kernels, WebAssembly", sizes, ({ kernels }) => kernels.wasm.kernels.toFixed(2)),
    row("  kernels, plain TypeScript twins", sizes, ({ kernels }) => kernels.plain.kernels.toFixed(2)),
    row("  … plain over WebAssembly", sizes, ({ kernels }) =>
      (kernels.plain.kernels / kernels.wasm.kernels).toFixed(1),
    ),
    row("  all of a frame with the plain twins", sizes, ({ kernels }) => kernels.plain.frame.toFixed(2)),
    row("  same bytes drawn", sizes, ({ kernels }) => (kernels.identical ? "yes" : "NO")),
  ];
}

function talkLines(sizes: readonly SizeReport[]): string[] {
  const both = (label: string, pick: (times: TalkTimes) => number, digits = 0): string =>
    row(
      label,
      sizes,
      ({ talk }) => `${pick(talk.cold).toFixed(digits)} / ${pick(talk.warm).toFixed(digits)}`,
    );
  return [
    both("  start to first encoded frame, s", (t) => t.firstFrame, 2),
    both("  total, s", (t) => t.total, 2),
    both("  times real time", (t) => t.duration / t.total, 1),
    both("  photo read and decoded, ms", (t) => t.stages.assets * 1000),
    both("  portrait analysed (beside speech), ms", (t) => t.stages.portrait * 1000),
    both("  speech (beside the portrait), ms", (t) => t.stages.speech * 1000),
    both("  performance, ms", (t) => t.stages.performance * 1000),
    both("  framing, ms", (t) => t.stages.framing * 1000),
    both("  render, ms", (t) => t.stages.render * 1000),
    both("    of it making the renderer", (t) => t.render.preparing * 1000),
    both("    of it drawing", (t) => t.render.drawing * 1000),
    both("    of it waiting for the encoder", (t) => t.render.waiting * 1000),
    both("    of it finishing", (t) => t.render.finishing * 1000),
    both("  storage, ms", (t) => t.stages.storage * 1000),
  ];
}

function memoryLines({ sizes, verdicts }: BenchReport): string[] {
  const cell = (pick: (peaks: MemoryPeaks) => number) => (size: SizeReport) =>
    size.memory === null ? "not known" : megabytes(pick(size.memory));
  return [
    row(
      "  program",
      sizes,
      cell(({ program }) => program),
    ),
    row(
      "  media process",
      sizes,
      cell(({ media }) => media),
    ),
    row(
      "  both at one instant, shared pages twice",
      sizes,
      cell(({ resident }) => resident),
    ),
    row("  both at one instant, shared pages once", sizes, (size) => {
      const verdict = verdicts.find(({ goal }) => goal === `${size.resolution} memory`);
      const text = cell(({ together }) => together)(size);
      return verdict ? `${text} ${verdictWord(verdict.passed)} <=${megabytes(verdict.limit)}` : text;
    }),
  ];
}

function otherLines({ analysis, long, verdicts }: BenchReport): string[] {
  const word = (goal: string): string => {
    const verdict = verdicts.find((candidate) => candidate.goal === goal);
    return verdict ? ` (${verdictWord(verdict.passed)} <= ${verdict.limit})` : "";
  };
  const lines = [
    `Portrait analysis at ${analysis.width}x${analysis.height}: cold ${analysis.cold.toFixed(2)} s${word("analysis cold")}, ` +
      `warm ${analysis.warm.toFixed(2)} s${word("analysis warm")}`,
  ];
  if (long === null) {
    lines.push("Memory of 10 s against 5 min: left out; --long measures it.");
    return lines;
  }
  const part = ({ seconds, memory }: typeof long.short): string =>
    memory === null
      ? `${seconds} s: not known`
      : `${seconds} s: ${megabytes(memory.together)} MB (program ${megabytes(memory.program)}, media ${megabytes(memory.media)})`;
  lines.push(
    `Memory at ${long.resolution}, one clip repeated: ${part(long.short)}; ${part(long.long)}${word("memory long over short")}`,
  );
  return lines;
}

function definitionLines({ clip }: BenchReport): string[] {
  return [
    "What the words mean",
    "  Goals (pass, miss) are meant for two idle cores, a clip of 10 s and all layers.",
    `  times real time: ${clip.seconds} s over the wall time of drawing, encoding and muxing to a finished, checked file.`,
    "  encode-only: x264 veryfast at our quality (same CRF) over the same drawn frames, held in memory, with the same",
    "    sound, muxing and checks. Measured in turn with ours; the ratio is the median of the ratios of the pairs.",
    "  our settings: those that videos are made with. They give the size and likeness of veryfast for less work.",
    "  cold: from the start of the process, run from its sources. warm: a second talk of the same program, which",
    "    starts a new media process. A talk says its whole text, so that it is a little longer than the clip.",
    "  memory: resident, as the system counts it. Pages that both processes share (the runtime's own code, libraries)",
    "    are there once; the goal is judged on the sum that counts them once (proportional set size).",
  ];
}

function row(label: string, sizes: readonly SizeReport[], cell: (size: SizeReport) => string): string {
  return label.padEnd(LABEL_WIDTH) + sizes.map((size) => cell(size).padStart(CELL_WIDTH)).join("");
}

function spread({ least, most }: Range): string {
  return `${least.toFixed(2)}-${most.toFixed(2)}`;
}

function verdictWord(passed: boolean): string {
  return passed ? "pass" : "MISS";
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
