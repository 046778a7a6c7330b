import type { JsonSchema } from "../../request/index.js";
import { allowsNull, withoutNull } from "./input-fields.js";

/** A Schema Object of OpenAPI 3.0, or a reference to one. */
export type OpenApiSchema = { readonly [keyword: string]: unknown };

/** Keywords that mean the same in JSON Schema 2020-12 and in OpenAPI 3.0. */
const SHARED_KEYWORDS = [
  "title",
  "description",
  "type",
  "format",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "required",
  "readOnly",
  "writeOnly",
  // Not of OpenAPI 3.0, but fal's documents have it and tools for them look for it.
  "examples",
] as const;

/**
 * A schema of draft 2020-12 in the words of OpenAPI 3.0: `nullable` for null, one-element `enum` for `const`,
 * boolean `exclusiveMinimum`, no list of types. Defaults of null are left out: a field that is absent says the same.
 *
 * @throws Error for a keyword that has no equivalent, so that nothing is lost silently
 */
export function toOpenApiSchema(schema: JsonSchema): OpenApiSchema {
  const value = withoutNull(schema);
  const nullable = allowsNull(schema);
  const result: Record<string, unknown> = {};
  for (const keyword of SHARED_KEYWORDS) if (value[keyword] !== undefined) result[keyword] = value[keyword];
  if (schema.default !== undefined && schema.default !== null) result.default = schema.default;
  // An enumeration forbids null unless it lists it, whatever `nullable` says.
  if (value.enum !== undefined) result.enum = nullable ? [...new Set([...value.enum, null])] : value.enum;
  if (value.const !== undefined) result.enum = [value.const];
  if (value.properties !== undefined) {
    const properties = Object.entries(value.properties).map(([name, property]) => [
      name,
      titled(name, toOpenApiSchema(property)),
    ]);
    result.properties = Object.fromEntries(properties);
  }
  if (value.items !== undefined) result.items = toOpenApiSchema(value.items as JsonSchema);
  for (const list of ["anyOf", "oneOf", "allOf"] as const) {
    const alternatives = value[list] as readonly JsonSchema[] | undefined;
    if (alternatives !== undefined)
      result[list] = alternatives.filter(({ type }) => type !== "null").map(toOpenApiSchema);
  }
  moveExclusive(value, result);
  if (typeof value.additionalProperties === "boolean")
    result.additionalProperties = value.additionalProperties;
  if (nullable) result.nullable = true;
  for (const [keyword, extension] of Object.entries(value))
    if (keyword.startsWith("x-")) result[keyword] = extension;
  refuseUnknown(value);
  return result;
}

/** `image_url` is titled "Image Url", as Pydantic does. */
export function titleOf(name: string): string {
  return name
    .split("_")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(" ");
}

function titled(name: string, schema: OpenApiSchema): OpenApiSchema {
  return { title: titleOf(name), ...schema };
}

function moveExclusive(from: JsonSchema, to: Record<string, unknown>): void {
  for (const [exclusive, limit] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof from[exclusive] !== "number") continue;
    to[limit] = from[exclusive];
    to[exclusive] = true;
  }
}

const HANDLED: readonly string[] = [
  ...SHARED_KEYWORDS,
  "default",
  "enum",
  "const",
  "properties",
  "items",
  "anyOf",
  "oneOf",
  "allOf",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "additionalProperties",
  "$schema",
];

function refuseUnknown(schema: JsonSchema): void {
  for (const keyword of Object.keys(schema))
    if (!HANDLED.includes(keyword) && !keyword.startsWith("x-"))
      throw new Error(`"${keyword}" has no equivalent in OpenAPI 3.0.`);
}
