import { z } from "zod";
import { EXTRA_FIELDS, talkSchema } from "./talk-schema.js";

/** The part of JSON Schema that a request uses. */
export type JsonSchema = {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
};

/**
 * JSON Schema (draft 2020-12) of a request body, made from the schema that requests are checked with.
 * Inputs that the hosted model does not have carry `"x-parlante-extra": true`.
 */
export function talkRequestJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(talkSchema, { io: "input" }) as JsonSchema;
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    EXTRA_FIELDS.includes(name) ? { ...property, "x-parlante-extra": true } : property,
  ]);
  return { ...schema, title: "TalkRequest", properties: Object.fromEntries(properties) };
}
