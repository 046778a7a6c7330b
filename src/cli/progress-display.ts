import type { TalkProgress, TalkStage } from "../pipeline/index.js";

/** Where progress is shown, e.g. `process.stderr`. */
export type ProgressOutput = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** Shows how far a talk is. */
export interface ProgressDisplay {
  show(progress: TalkProgress): void;
  /** Leaves a clean line for what is printed next. */
  end(): void;
}

const LABELS: Readonly<Record<TalkStage, string>> = {
  assets: "reading the photo",
  portrait: "finding the face",
  speech: "speaking the words",
  performance: "planning the motion",
  framing: "framing the picture",
  render: "drawing frames",
  storage: "storing the video",
};

/** One moving bar on a terminal; plain lines in a pipe or a log. */
export function createProgressDisplay(output: ProgressOutput): ProgressDisplay {
  return output.isTTY ? new Bar(output) : new Lines(output);
}

class Bar implements ProgressDisplay {
  private shown = false;

  constructor(private readonly output: ProgressOutput) {}

  show(progress: TalkProgress): void {
    const percent = `${Math.floor(progress.overall * 100)} %`.padStart(5);
    const text = `${percent}  ${LABELS[progress.stage]}${frames(progress)}`;
    // Some terminals do not know their width, and say 0.
    const columns = this.output.columns || 80;
    const width = Math.max(0, Math.min(30, columns - text.length - 5));
    const done = Math.round(progress.overall * width);
    const bar = width < 5 ? "" : `[${"█".repeat(done)}${"·".repeat(width - done)}] `;
    // Back to the start of the line, and clear what the last text left.
    this.output.write(`\r${(bar + text).slice(0, columns - 1)}\x1b[K`);
    this.shown = true;
  }

  end(): void {
    if (this.shown) this.output.write("\r\x1b[K");
    this.shown = false;
  }
}

class Lines implements ProgressDisplay {
  private readonly started = new Set<TalkStage>();
  private quarter = 0;

  constructor(private readonly output: ProgressOutput) {}

  show(progress: TalkProgress): void {
    const { stage, fraction } = progress;
    if (!this.started.has(stage)) {
      this.started.add(stage);
      this.output.write(`${stage}: ${LABELS[stage]}\n`);
    }
    const quarter = Math.floor(fraction * 4);
    if (stage !== "render" || quarter <= this.quarter || quarter > 3) return;
    this.quarter = quarter;
    this.output.write(`${stage}: ${quarter * 25} %${frames(progress)}\n`);
  }

  end(): void {}
}

function frames({ frame, frameCount }: TalkProgress): string {
  return frame === undefined || frameCount === undefined ? "" : ` (frame ${frame} of ${frameCount})`;
}
