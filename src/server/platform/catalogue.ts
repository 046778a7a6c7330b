import { MODEL_FACTS } from "../documents/model-facts.js";
import { MODEL_ID } from "../fal/model.js";

/** What the catalogue says of a model, apart from addresses. */
export type CatalogueModel = {
  readonly endpointId: string;
  readonly displayName: string;
  readonly description: string;
  readonly category: string;
  readonly tags: readonly string[];
  /** When it came and when it was last changed, ISO 8601. */
  readonly date: string;
  readonly updatedAt: string;
};

/** The models of this server. */
export const CATALOGUE: readonly CatalogueModel[] = [
  {
    endpointId: MODEL_ID,
    displayName: MODEL_FACTS.title,
    description: MODEL_FACTS.tagline,
    category: MODEL_FACTS.category,
    tags: MODEL_FACTS.tags,
    date: "2026-11-22T00:00:00Z",
    updatedAt: "2026-11-22T00:00:00Z",
  },
];

/** The model of that id, or undefined. */
export function findModel(endpointId: string): CatalogueModel | undefined {
  return CATALOGUE.find((model) => model.endpointId === endpointId);
}
