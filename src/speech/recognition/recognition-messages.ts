import type { FrameLabels } from "./ctc-decode.js";
import type { Window } from "./windows.js";

/** What the recogniser's process is to do. */
export type RecognitionTask = {
  /** Of the .onnx file. */
  readonly modelPath: string;
  /** Package that runs it. */
  readonly runtime: string;
  /** Mono, 16 kHz. */
  readonly samples: Float32Array;
  readonly windows: readonly Window[];
  /** How many different labels there may be. */
  readonly labelCount: number;
};

/** What it tells: a reply for each window, in their order, or one failure. */
export type RecognitionReply =
  | { readonly part: FrameLabels }
  /** `runtime`: the package is not there; `model`: the file is not what it should be; `run`: anything else. */
  | { readonly failure: "runtime" | "model" | "run"; readonly reason: string };
