import type { ProgressOutput } from "./progress-display.js";

/** How far a pull is; the shape of the store's own progress. */
export type PullStep = { readonly file: string; readonly doneBytes: number; readonly totalBytes: number };

/** Shows how far a pull is. */
export interface PullDisplay {
  show(step: PullStep): void;
  /** Leaves a clean line for what is printed next. */
  end(): void;
}

/** A terminal is written to at most so often. */
const REDRAW_MS = 100;

/** One moving bar on a terminal; a line for every quarter in a pipe or a log. */
export function createPullDisplay(
  output: ProgressOutput,
  now: () => number = () => performance.now(),
): PullDisplay {
  return output.isTTY ? new Bar(output, now) : new Lines(output);
}

class Bar implements PullDisplay {
  private shownAt = Number.NEGATIVE_INFINITY;
  private isShown = false;

  constructor(
    private readonly output: ProgressOutput,
    private readonly now: () => number,
  ) {}

  show(step: PullStep): void {
    const isLast = step.doneBytes >= step.totalBytes;
    if (!isLast && this.now() - this.shownAt < REDRAW_MS) return;
    this.shownAt = this.now();
    this.isShown = true;
    const percent = `${percentOf(step)} %`.padStart(5);
    const text = `${percent}  ${inMegabytes(step.doneBytes)} of ${inMegabytes(step.totalBytes)} MB  ${step.file}`;
    const columns = this.output.columns || 80;
    const width = Math.max(0, Math.min(30, columns - text.length - 5));
    const done = Math.round((percentOf(step) / 100) * width);
    const bar = width < 5 ? "" : `[${"█".repeat(done)}${"·".repeat(width - done)}] `;
    this.output.write(`\r${(bar + text).slice(0, columns - 1)}\x1b[K`);
  }

  end(): void {
    if (this.isShown) this.output.write("\r\x1b[K");
    this.isShown = false;
  }
}

class Lines implements PullDisplay {
  private quarter = -1;

  constructor(private readonly output: ProgressOutput) {}

  show(step: PullStep): void {
    const quarter = Math.floor(percentOf(step) / 25);
    if (quarter <= this.quarter) return;
    this.quarter = quarter;
    this.output.write(`pull: ${quarter * 25} % of ${inMegabytes(step.totalBytes)} MB (${step.file})\n`);
  }

  end(): void {}
}

function percentOf({ doneBytes, totalBytes }: PullStep): number {
  return totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
}

/** Megabytes with as many digits as tell something. */
export function inMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return megabytes >= 10 ? megabytes.toFixed(0) : megabytes.toFixed(megabytes >= 0.1 ? 1 : 3);
}
