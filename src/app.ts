import type { TalkOptions, TalkResult } from "./pipeline/index.js";
import type { TalkRequest } from "./request/index.js";

/** Where the program may put things, and how much of the machine it may use. */
export type AppOptions = {
  /** Directory for what is made on the way. @defaultValue the system's temporary directory */
  readonly tempDir?: string;
  /** Encoder threads. @defaultValue the number of processors available to us */
  readonly threads?: number;
};

/** The whole program, joined and ready. */
export type App = {
  /**
   * Makes one talking video.
   *
   * @throws {@link ParlanteError} of the fitting class; `CancelledError` when `options.signal` fires
   */
  talk(request: TalkRequest, options: TalkOptions): Promise<TalkResult>;
  /** Ends whatever still runs and removes its files. */
  close(): Promise<void>;
};
