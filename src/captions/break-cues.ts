import { breakCosts } from "./text/break-costs.js";
import type { CaptionUnit } from "./text/caption-units.js";

/** Seconds that a caption is on screen. */
export const SHORTEST_CUE = 1;
export const LONGEST_CUE = 6;

/** What cues are broken by. */
export type BreakRules = {
  /** Room that a text takes on a line, in any unit. */
  readonly widthOf: (text: string) => number;
  /** Room of a line. No unit is wider. */
  readonly lineWidth: number;
  /** Most lines of a cue. @defaultValue 2 */
  readonly lines?: 1 | 2;
  /** Seconds that a text takes to be read. */
  readonly readingTime: (text: string) => number;
  /** Frames per second: cues begin on frames. */
  readonly frameRate: number;
  /** When the last cue has to be gone at the latest, seconds. */
  readonly end: number;
};

/** Units `[from, to)` are one cue; its second line begins at unit `second`, which is `to` where there is one line only. */
export type CueSpan = { readonly from: number; readonly to: number; readonly second: number };

/** What a cue costs that is not as it should be; the unit is that of the costs of breaking. */
const PENALTY = {
  /** Every cue. */
  cue: 4,
  /** Every second line. */
  line: 1.5,
  /** Lines of quite different length, and a longer first one. */
  unbalanced: 6,
  topHeavy: 3,
  /** Too fast, per second that is missing; and at all. */
  fast: 60,
  anyFast: 10,
  /** Too short, per second. */
  short: 60,
  /** A sentence ends within. */
  sentence: 10,
  /** It is read the other way. */
  turn: 60,
  /** Silence within, per second beyond .6 s. */
  silence: 20,
  /** Very little text, per column of a quarter of a line. */
  tiny: 12,
} as const;
/** Lines cost half of what the same break costs between two cues. */
const LINE_SHARE = 0.5;
const QUIET = 0.6;

/**
 * Divides units into cues of one or two lines so that the sum of all that is not as it should be is least: breaks against
 * the sense, cues that are too fast, too short or too empty, silence within. No line is wider than the rules say, and no
 * cue of several units longer than {@link LONGEST_CUE}.
 */
export function breakCues(units: readonly CaptionUnit[], rules: BreakRules): CueSpan[] {
  const costs = breakCosts(units);
  const text = new TextSums(units, rules);
  const best = new Float64Array(units.length + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  const spans: CueSpan[] = [];
  for (let to = 1; to <= units.length; to++) {
    for (let from = to - 1; from >= 0; from--) {
      if (from < to - 1 && (text.width(from, to) > 2.2 * rules.lineWidth || isTooLong(units, from, to)))
        break;
      const lines = chooseLines(from, to, costs, text, rules);
      if (lines === null) continue;
      const total =
        best[from]! + lines.cost + costs[to - 1]! + timingCost(units, from, to, text, rules) + PENALTY.cue;
      if (total >= best[to]!) continue;
      best[to] = total;
      spans[to] = { from, to, second: lines.second };
    }
  }
  const chosen: CueSpan[] = [];
  for (let to = units.length; to > 0; to = spans[to]!.from) chosen.push(spans[to]!);
  return chosen.reverse();
}

function isTooLong(units: readonly CaptionUnit[], from: number, to: number): boolean {
  return units[to - 1]!.end - units[from]!.start > LONGEST_CUE;
}

function chooseLines(
  from: number,
  to: number,
  costs: readonly number[],
  text: TextSums,
  { lineWidth, lines = 2 }: BreakRules,
): { cost: number; second: number } | null {
  const whole = text.width(from, to);
  if (whole <= lineWidth || to - from === 1) {
    const missing = Math.max(0, 1 - (4 * whole) / lineWidth);
    return { cost: missing * PENALTY.tiny, second: to };
  }
  if (lines === 1) return null;
  let best: { cost: number; second: number } | null = null;
  for (let second = from + 1; second < to; second++) {
    const upper = text.width(from, second);
    const lower = text.width(second, to);
    if (upper > lineWidth || lower > lineWidth) continue;
    const cost =
      PENALTY.line +
      LINE_SHARE * costs[second - 1]! +
      (PENALTY.unbalanced * Math.abs(upper - lower)) / lineWidth +
      (upper > lower ? (PENALTY.topHeavy * (upper - lower)) / lineWidth : 0);
    if (best === null || cost < best.cost) best = { cost, second };
  }
  return best;
}

function timingCost(
  units: readonly CaptionUnit[],
  from: number,
  to: number,
  text: TextSums,
  rules: BreakRules,
): number {
  const start = units[from]!.start;
  const next = units[to]?.start ?? rules.end;
  const available = Math.min(LONGEST_CUE, next - start);
  const missing = text.reading(from, to) - available;
  let cost = missing > 0 ? PENALTY.anyFast + PENALTY.fast * missing : 0;
  if (available < SHORTEST_CUE) cost += PENALTY.short * (SHORTEST_CUE - available);
  // Two cues cannot begin on one frame.
  if (Math.floor(next * rules.frameRate) <= Math.floor(start * rules.frameRate)) cost += 1e6;
  for (let i = from; i < to - 1; i++) {
    const silence = units[i + 1]!.start - units[i]!.end;
    if (silence > QUIET) cost += PENALTY.silence * (silence - QUIET);
    if (units[i]!.sentence !== units[i + 1]!.sentence) cost += PENALTY.sentence;
    if (units[i]!.direction !== units[i + 1]!.direction) cost += PENALTY.turn;
  }
  return cost;
}

/** Widths and reading times of any run of units from running sums. */
class TextSums {
  readonly #width: Float64Array;
  readonly #reading: Float64Array;
  readonly #gapWidth: Float64Array;
  readonly #gapReading: Float64Array;

  constructor(units: readonly CaptionUnit[], { widthOf, readingTime }: BreakRules) {
    const gap = { width: widthOf(" "), reading: readingTime(" ") };
    this.#gapWidth = Float64Array.from(units, (unit) => (unit.gap === " " ? gap.width : 0));
    this.#gapReading = Float64Array.from(units, (unit) => (unit.gap === " " ? gap.reading : 0));
    this.#width = runningSum(units, (unit, i) => widthOf(unit.text) + this.#gapWidth[i]!);
    this.#reading = runningSum(units, (unit, i) => readingTime(unit.text) + this.#gapReading[i]!);
  }

  width(from: number, to: number): number {
    return this.#width[to]! - this.#width[from]! - this.#gapWidth[from]!;
  }

  reading(from: number, to: number): number {
    return this.#reading[to]! - this.#reading[from]! - this.#gapReading[from]!;
  }
}

function runningSum(
  units: readonly CaptionUnit[],
  amountOf: (unit: CaptionUnit, i: number) => number,
): Float64Array {
  const sums = new Float64Array(units.length + 1);
  units.forEach((unit, i) => {
    sums[i + 1] = sums[i]! + amountOf(unit, i);
  });
  return sums;
}
