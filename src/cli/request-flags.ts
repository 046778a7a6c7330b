import { type JsonSchema, talkRequestJsonSchema } from "../request/index.js";

/** One flag of the command line, made from one field of the request. */
export type RequestFlag = {
  /** As typed, without the dashes, e.g. `aspect-ratio`. */
  readonly flag: string;
  /** As on the wire, e.g. `aspect_ratio`. */
  readonly field: string;
  readonly type: "string" | "boolean";
  readonly description: string;
  readonly choices: readonly string[];
  readonly defaultValue: string | null;
};

/** Fields that have a shorter name here, where a path is welcome too. */
const SHORT_NAMES: Readonly<Record<string, string>> = { image_url: "image", audio_url: "audio" };

/** What the schema says for clients of the wire, said for users of the command line. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  image_url: "The photo: a file, an http(s) URL or a data URI. Without it, a drawn portrait of ours.",
  audio_url: "A recording to speak with: a file, URL or data URI. It overrides prompt and voice.",
  background: "Behind the person: a colour such as 00FF00, image:FILE, video:FILE, or JSON.",
};

/** The flags of a request, in the order of the schema. */
export function requestFlags(): RequestFlag[] {
  const { properties = {} } = talkRequestJsonSchema();
  return Object.entries(properties).map(([field, schema]) => ({
    flag: flagOf(field),
    field,
    type: schema.type === "boolean" ? "boolean" : "string",
    description: DESCRIPTIONS[field] ?? plain(schema.description ?? ""),
    choices: choicesOf(schema),
    defaultValue: String(schema.default ?? "") || null,
  }));
}

/** The flag that sets a field of the request. */
export function flagOf(field: string): string {
  return SHORT_NAMES[field] ?? field.replaceAll("_", "-");
}

/**
 * `--background` in its short forms: a colour, `image:SOURCE`, `video:SOURCE`, or the JSON of the wire.
 * What is none of these is passed on, for the schema to refuse.
 */
export function readBackground(text: string): unknown {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  const typed = /^(color|image|video):(.*)$/s.exec(text);
  if (typed) return { type: typed[1], value: withHash(typed[2]!) };
  return { type: "color", value: withHash(text) };
}

/** A shell takes what follows a bare `#` for a comment, so that colours may be written without. */
function withHash(text: string): string {
  return /^(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) ? `#${text}` : text;
}

function choicesOf(schema: JsonSchema): string[] {
  const { items } = schema as { items?: JsonSchema };
  const alternatives = [schema, ...(schema.anyOf ?? []), ...(items === undefined ? [] : [items])];
  return alternatives.flatMap((alternative) => alternative.enum ?? []).map(String);
}

function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}
