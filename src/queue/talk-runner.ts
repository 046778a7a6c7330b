import type { ExtraOutput } from "../request/index.js";
import type { TraceCarrier } from "../shared/tracing.js";

/** One attempt at one request, as plain data. */
export type TalkJob = {
  readonly requestId: string;
  readonly attempt: number;
  /** The JSON body, not yet checked. */
  readonly body: unknown;
  /** Local copies of the server's own files: what stands in the body → path. */
  readonly files: Readonly<Record<string, string>>;
  /** Directory of this attempt; the worker made it and removes it. */
  readonly workspace: string;
  /** Where the video is written as well while it grows, when the body asks for `progressive`. */
  readonly livePath: string;
  /** The trace that it belongs to. @defaultValue none */
  readonly trace?: TraceCarrier;
};

/** A file that an attempt has made, in its workspace. */
export type OutcomeFile = {
  readonly path: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
};

/** A finished attempt: its video, and what was made beside it. */
export type TalkOutcome = OutcomeFile & {
  /** In the order in which it was asked for, each at most once. */
  readonly extras: readonly (OutcomeFile & { readonly output: ExtraOutput })[];
  /** Of the video, seconds: what is billed. */
  readonly duration: number;
  readonly frameCount: number;
  readonly warnings: readonly string[];
  /** Seconds per stage, with `total`. */
  readonly timings: Readonly<Record<string, number>>;
};

/** Something that a running attempt says. */
export type TalkEvent =
  | {
      readonly type: "log";
      readonly level: "INFO" | "WARN" | "ERROR" | "DEBUG";
      readonly message: string;
    }
  /** `[0, 1]`, never decreasing. */
  | { readonly type: "progress"; readonly overall: number; readonly stage: string };

/** Makes videos, each attempt in a process that can be ended at any moment. */
export interface TalkRunner {
  /**
   * @throws {@link InputError}, {@link AssetError}: the caller's fault, not to be tried again;
   *   {@link EngineError}: a process died or failed, worth another try when `retryable`;
   *   {@link DeadlineError}: it took longer than it may; {@link CancelledError} when the signal fires, within 200 ms
   */
  run(
    job: TalkJob,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: TalkEvent) => void },
  ): Promise<TalkOutcome>;
  /** Ends all processes. */
  close(): Promise<void>;
}
