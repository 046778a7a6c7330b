import { createEspeak, hasEspeak } from "./espeak.js";
import { createFliteEngine } from "./flite.js";
import type { SpeechEngine } from "./speech-engine.js";

/** The speech engines that may be there. */
export type EngineName = "flite" | "espeak";

/** The speech engines of this installation. Each starts when it is first asked for. */
export type EngineSet = {
  /** Whether an engine is installed. */
  has(name: EngineName): boolean;
  get(name: EngineName): SpeechEngine;
  /** Ends the engines that were started. */
  close(): Promise<void>;
};

export function createEngineSet(): EngineSet {
  const makers: Readonly<Record<EngineName, () => SpeechEngine>> = {
    flite: createFliteEngine,
    espeak: createEspeak,
  };
  const started = new Map<EngineName, SpeechEngine>();
  return {
    has: (name) => name === "flite" || hasEspeak(),
    get(name) {
      const engine = started.get(name) ?? makers[name]();
      started.set(name, engine);
      return engine;
    },
    async close() {
      await Promise.all([...started.values()].map((engine) => engine.close()));
    },
  };
}
