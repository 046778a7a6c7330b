import { EngineError } from "../../shared/errors.js";
import { isInstalled } from "../../shared/is-installed.js";
import type { InstalledModel } from "../models/model.js";
import { ONNX_RUNTIME_PACKAGE } from "../onnx-process.js";
import type { VoiceSource } from "../voices/voice.js";
import { createEspeak, type Espeak, hasEspeak } from "./espeak.js";
import { createFliteEngine } from "./flite.js";
import { alignByEar } from "./neural/align-by-ear.js";
import { createKokoroEngine } from "./neural/kokoro.js";
import { createPiperEngine } from "./neural/piper.js";
import type { SpeechEngine } from "./speech-engine.js";

/** What names an engine, and the model that it runs where it needs one. */
export type EngineChoice = Pick<VoiceSource, "engine" | "model">;

/** The speech engines of this installation. Each starts when it is first asked for. */
export type EngineSet = {
  /** The models of voices that are installed. */
  readonly models: readonly InstalledModel[];
  /** Whether an engine, and the model that it needs, is installed. */
  has(choice: EngineChoice): boolean;
  /** @throws EngineError when its model is not installed */
  get(choice: EngineChoice): SpeechEngine;
  /** Ends the engines that were started. */
  close(): Promise<void>;
};

/** @param models - what is installed; voices of other models are not there */
export function createEngineSet({
  models = [],
}: {
  readonly models?: readonly InstalledModel[];
} = {}): EngineSet {
  const started = new Map<string, SpeechEngine>();
  const modelOf = ({ engine, model }: EngineChoice): InstalledModel | null =>
    models.find(({ entry }) => entry.id === model && entry.kind === engine) ?? null;
  const get = (choice: EngineChoice): SpeechEngine => {
    const key = `${choice.engine} ${choice.model ?? ""}`;
    const engine = started.get(key) ?? make(choice);
    started.set(key, engine);
    return engine;
  };
  const make = (choice: EngineChoice): SpeechEngine => {
    if (choice.engine === "flite") return createFliteEngine();
    if (choice.engine === "espeak") return createEspeak();
    const model = modelOf(choice);
    if (model === null) throw notInstalled(choice);
    // It reads the words for the networks too.
    const phonemizer = get({ engine: "espeak" }) as Espeak;
    return choice.engine === "piper"
      ? createPiperEngine({ model, phonemizer, align: alignByEar })
      : createKokoroEngine({ model, phonemizer, align: alignByEar });
  };
  return {
    models,
    has(choice) {
      if (choice.engine === "flite") return true;
      if (choice.engine === "espeak") return hasEspeak();
      return modelOf(choice) !== null && hasEspeak() && isInstalled(ONNX_RUNTIME_PACKAGE);
    },
    get,
    async close() {
      await Promise.all([...started.values()].map((engine) => engine.close()));
    },
  };
}

function notInstalled({ engine, model }: EngineChoice): EngineError {
  return new EngineError("internal_server_error", `The ${engine} model ${model} is not installed.`, {
    field: ["voice"],
  });
}
