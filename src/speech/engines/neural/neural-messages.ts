/** A number for a network: a name of ONNX Runtime's element types that the engines here feed. */
export type FeedType = "float32" | "float64" | "int32" | "int64";

/** One input of a network. */
export type Feed = {
  readonly name: string;
  readonly type: FeedType;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
};

/** A model file, and how it is to be opened. */
export type NeuralModel = {
  /** Of the `.onnx` file. */
  readonly path: string;
  /**
   * Operation whose result is the duration of each input symbol, in frames. Where the graph has exactly one of it
   * and no second output of its own, that result is given out.
   */
  readonly durationOp: "Ceil" | "Round";
  /** Package that runs the model. */
  readonly runtime: string;
};

/** What the process is to do. */
export type NeuralJob =
  | { readonly kind: "describe"; readonly model: NeuralModel }
  | {
      readonly kind: "speak";
      readonly model: NeuralModel;
      readonly feeds: readonly Feed[];
      /** How many symbols go in: durations have as many elements. */
      readonly symbols: number;
      /** Of the model's sound, hertz. */
      readonly sampleRate: number;
    };

/** An input that a network asks for. */
export type ModelInput = { readonly name: string; readonly type: string };

/** What a network has spoken. */
export type NeuralSound = {
  /** Mono, `[-1, 1]`, at the program's sample rate. */
  readonly samples: Float32Array;
  /** Length in samples of the model's own sound, before its rate was converted. */
  readonly ownLength: number;
  /** Frames of each input symbol, where the model tells; all finite and not negative. */
  readonly frames: Float64Array | null;
};

/** Why a job failed: no runtime, a model that cannot be opened, or a model that cannot be run on this input. */
export type NeuralFailure = "runtime" | "model" | "run";

/** From the program to the process. */
export type NeuralRequest = { readonly id: number; readonly job: NeuralJob };

/** From the process to the program. */
export type NeuralReply =
  | { readonly id: number; readonly inputs: readonly ModelInput[] }
  | { readonly id: number; readonly sound: NeuralSound }
  | { readonly id: number; readonly failure: NeuralFailure; readonly reason: string };
