import { withSpan } from "../shared/tracing.js";
import { TALK_STAGES, type TalkProgress, type TalkStage } from "./talk-options.js";

/** Share of the whole work that each stage usually takes, from measurements of a 10 s clip at 720p. */
const WEIGHTS: Record<TalkStage, number> = {
  assets: 0.03,
  portrait: 0.3,
  speech: 0.07,
  performance: 0.03,
  framing: 0.01,
  render: 0.55,
  storage: 0.01,
};

/** Times the stages and tells how far they are. */
export class ProgressReport {
  readonly #fractions = new Map<TalkStage, number>();
  readonly #seconds = new Map<TalkStage, number>();
  #overall = 0;

  constructor(
    private readonly onProgress: ((progress: TalkProgress) => void) | undefined,
    private readonly now: () => number,
  ) {}

  /** Tells how far a stage is, `[0, 1]`. */
  report(stage: TalkStage, fraction: number, frames?: { frame: number; frameCount: number }): void {
    this.#fractions.set(stage, Math.min(1, Math.max(fraction, this.#fractions.get(stage) ?? 0)));
    let overall = 0;
    for (const name of TALK_STAGES) overall += WEIGHTS[name] * (this.#fractions.get(name) ?? 0);
    this.#overall = Math.max(this.#overall, Math.min(1, overall));
    this.onProgress?.({ stage, fraction: this.#fractions.get(stage)!, overall: this.#overall, ...frames });
  }

  /** Runs a stage, timed, from its first to its last report. */
  async stage<Result>(stage: TalkStage, work: () => Result | Promise<Result>): Promise<Result> {
    const start = this.now();
    this.report(stage, 0);
    try {
      return await withSpan(`parlante.${stage}`, {}, async () => work());
    } finally {
      this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + this.now() - start);
      this.report(stage, 1);
    }
  }

  /** Counts what is done ahead for a stage as a part of it, without telling that it has begun. */
  async ahead<Result>(stage: TalkStage, work: () => Promise<Result>): Promise<Result> {
    const start = this.now();
    try {
      return await withSpan(`parlante.${stage}.ahead`, {}, work);
    } finally {
      this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + this.now() - start);
    }
  }

  /** Seconds of each stage; 0 for stages that were not needed. */
  get seconds(): Record<TalkStage, number> {
    return Object.fromEntries(TALK_STAGES.map((stage) => [stage, this.#seconds.get(stage) ?? 0])) as Record<
      TalkStage,
      number
    >;
  }
}
