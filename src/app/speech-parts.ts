import type { TalkDependencies } from "../pipeline/index.js";
import {
  createEngineSet,
  createModelStore,
  type EngineSet,
  type InstalledModel,
  speechFromRecording,
  synthesizeSpeech,
} from "../speech/index.js";

/**
 * How speech is made, with the models that are installed at the moment: one that is pulled while the program runs
 * speaks from the next talk on.
 *
 * @param modelsDir - directory of models; without it there are none
 */
export function createSpeechParts(
  modelsDir: string | undefined,
): Pick<TalkDependencies, "synthesizeSpeech" | "speechFromRecording"> {
  const store = modelsDir === undefined ? null : createModelStore({ directory: modelsDir });
  const withEngines = async <Result>(
    work: (engines: EngineSet, models: readonly InstalledModel[]) => Promise<Result>,
  ): Promise<Result> => {
    const models = (await store?.installed()) ?? [];
    const engines = createEngineSet({ models });
    try {
      return await work(engines, models);
    } finally {
      await engines.close();
    }
  };
  return {
    synthesizeSpeech: (request, options) =>
      withEngines((engines) => synthesizeSpeech(request, { ...options, engines })),
    speechFromRecording: (recording, options) =>
      withEngines((engines, models) => {
        const recogniser = models.find(({ entry }) => entry.kind === "ctc");
        return speechFromRecording(recording, { ...options, engines, ...(recogniser ? { recogniser } : {}) });
      }),
  };
}
