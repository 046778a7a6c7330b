import type { JsonSchema } from "../../request/index.js";

/** One input of the model, as documents describe it. */
export type InputField = {
  /** Wire name. */
  readonly name: string;
  /** `string`, `TalkingStyleEnum`, `AvatarIVBackground`, … as the hosted page writes it. */
  readonly typeName: string;
  readonly required: boolean;
  readonly description: string;
  /** Undefined where there is none, or null. */
  readonly defaultValue: unknown;
  readonly options: readonly unknown[];
  readonly examples: readonly unknown[];
  /** Such as `at most 5000 characters`. */
  readonly limits: readonly string[];
  /** Whether only Parlante has it. */
  readonly extra: boolean;
  /** Whether the value may be a file that the client uploads. */
  readonly takesFile: boolean;
  /** Fields of an object. */
  readonly fields: readonly InputField[];
};

/** Names that the hosted page gives to types of fields. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  talking_style: "TalkingStyleEnum",
  background: "AvatarIVBackground",
  resolution: "ResolutionEnum",
  aspect_ratio: "AspectRatioEnum",
};
/** `value` is that of the background. */
const FILE_FIELDS = ["image_url", "audio_url", "value"];

/** The inputs in the order of the schema. */
export function inputFields(schema: JsonSchema): InputField[] {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const value = withoutNull(property);
    return {
      name,
      typeName: TYPE_NAMES[name] ?? typeNameOf(value),
      required: schema.required?.includes(name) ?? false,
      description: property.description ?? "",
      defaultValue: property.default ?? undefined,
      options: value.enum ?? itemsOf(value).enum ?? [],
      examples: property.examples ?? [],
      limits: limitsOf(value),
      extra: property["x-parlante-extra"] === true,
      takesFile: FILE_FIELDS.includes(name),
      fields: value.properties === undefined ? [] : inputFields(value),
    };
  });
}

/** `list<string>` of an array, as the hosted pages write it. */
function typeNameOf(schema: JsonSchema): string {
  return schema.type === "array" ? `list<${itemsOf(schema).type ?? "any"}>` : (schema.type ?? "any");
}

function itemsOf({ items }: JsonSchema): JsonSchema {
  return (items ?? {}) as JsonSchema;
}

/** The schema of a value that is not null. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const alternatives = (anyOf ?? []).filter(({ type }) => type !== "null");
  const merged: JsonSchema = alternatives.length === 1 ? { ...rest, ...alternatives[0] } : schema;
  const types: unknown = merged.type;
  if (!Array.isArray(types)) return merged;
  return { ...merged, type: String(types.find((type) => type !== "null")) };
}

/** Whether null is a value of the schema. */
export function allowsNull(schema: JsonSchema): boolean {
  const types: unknown = schema.type;
  return (
    types === "null" ||
    (Array.isArray(types) && types.includes("null")) ||
    (schema.anyOf ?? []).some(allowsNull) ||
    (schema.enum ?? []).includes(null)
  );
}

function limitsOf(schema: JsonSchema): string[] {
  const { minLength, maxLength, minimum, maximum, pattern } = schema;
  return [
    ...(typeof minLength === "number" && minLength > 1 ? [`at least ${minLength} characters`] : []),
    ...(typeof maxLength === "number" ? [`at most ${maxLength} characters`] : []),
    ...(typeof minimum === "number" ? [`at least ${minimum}`] : []),
    ...(typeof maximum === "number" ? [`at most ${maximum}`] : []),
    ...(typeof pattern === "string" ? [`matches ${pattern}`] : []),
  ];
}
