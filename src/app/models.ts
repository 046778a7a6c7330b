import { join } from "node:path";
import {
  createModelStore,
  MODEL_CATALOGUE,
  type ModelEntry,
  type ModelStore,
  noSuchVoice,
  voiceNamed,
} from "../speech/index.js";
import { type Environment, readServerSettings } from "./settings.js";

/** Where models are kept: `models` in the data directory. */
export function modelDirectory(environment: Environment): string {
  return join(readServerSettings(environment).dataDir, "models");
}

/** The models of one data directory. */
export type OpenModels = {
  readonly store: ModelStore;
  readonly catalogue: readonly ModelEntry[];
  /** The ids that a name may mean; one when it is clear. */
  readonly idsFor: (name: string) => readonly string[];
  /** The ids of the models that can speak the voice of that name, best first; null when there is no such voice. */
  readonly idsForVoice: (name: string) => readonly string[] | null;
  /** Says that there is no such voice, and which names are nearest. */
  readonly noSuchVoice: (name: string) => string;
};

/** Opens the models of a data directory; nothing is made before one is pulled. */
export function openModelsOf(environment: Environment): OpenModels {
  const store = createModelStore({ directory: modelDirectory(environment) });
  return { store, catalogue: MODEL_CATALOGUE, idsFor: (name) => modelIdsFor(name), idsForVoice, noSuchVoice };
}

function idsForVoice(name: string): readonly string[] | null {
  const ids = voiceNamed(name)?.sources.flatMap(({ model }) => (model === undefined ? [] : [model]));
  return ids === undefined ? null : [...new Set(ids)];
}

/**
 * The id of the model that somebody means: an id in any case of its letters, or a part of one that no other has,
 * such as `lessac`.
 */
export function modelIdsFor(
  name: string,
  catalogue: readonly ModelEntry[] = MODEL_CATALOGUE,
): readonly string[] {
  const wanted = name.trim().toLowerCase();
  const ids = catalogue.map(({ id }) => id);
  const exact = ids.find((id) => id === name.trim()) ?? ids.find((id) => id.toLowerCase() === wanted);
  if (exact !== undefined) return [exact];
  if (wanted.length < 3) return [];
  return ids.filter((id) => id.toLowerCase().includes(wanted));
}
