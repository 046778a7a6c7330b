import type { ModelEntry } from "./model.js";

/** Every model that can be pulled. */
export const MODEL_CATALOGUE: readonly ModelEntry[] = [];
