import type { JsonSchema } from "../../request/index.js";
import type { PublicBase } from "../public-base.js";
import { inputFields } from "./input-fields.js";
import { llmsText } from "./llms-text.js";
import { documentAddresses } from "./model-facts.js";
import { apiPage } from "./page/api-page.js";
import type { SettingDescription } from "./page/operator-section.js";
import { type OpenApiDocument, queueOpenApi } from "./queue-openapi.js";

/** What the documents are made from. */
export type DocumentsOptions = {
  /** E.g. `fal-ai/heygen/avatar4/image-to-video`. */
  readonly modelId: string;
  /** JSON Schema of the request body. */
  readonly inputSchema: JsonSchema;
  /** The voice names of the hosted model, as its schema lists them. */
  readonly voices: readonly string[];
  /** Further names that are understood. */
  readonly otherVoices?: readonly string[];
  /** US dollars per second of video. */
  readonly pricePerSecond: number;
  /** Name, meaning and default of every setting. */
  readonly settings: readonly SettingDescription[];
  /** Of the program. */
  readonly version: string;
};

/** The documents of the API, each for the address under which a caller reached us. */
export type Documents = {
  readonly modelId: string;
  /** OpenAPI 3.0.4 in the shape that fal serves. */
  openApi(base: PublicBase): OpenApiDocument;
  /** The model in Markdown, in the outline of the hosted page. */
  llmsText(base: PublicBase): string;
  /** Everything, for people: a self-contained page. */
  apiPage(base: PublicBase): string;
};

/**
 * Makes the documents of the API from the schema that requests are checked with.
 *
 * @throws Error when the schema says something that OpenAPI 3.0 cannot
 */
export function createDocuments(options: DocumentsOptions): Documents {
  const { modelId, inputSchema, voices, otherVoices = [], pricePerSecond, settings, version } = options;
  const fields = inputFields(inputSchema);
  const documents: Documents = {
    modelId,
    openApi: (base) => queueOpenApi({ modelId, inputSchema, voices, addresses: documentAddresses(base) }),
    llmsText: (base) => llmsText({ modelId, fields, pricePerSecond, addresses: documentAddresses(base) }),
    apiPage: (base) =>
      apiPage({
        modelId,
        fields,
        voices: [...voices, ...otherVoices],
        pricePerSecond,
        settings,
        version,
        addresses: documentAddresses(base),
      }),
  };
  // A schema that cannot be described is found at the start, not by the first reader.
  documents.openApi({ queue: "", rest: "", files: "", site: "" });
  return documents;
}
