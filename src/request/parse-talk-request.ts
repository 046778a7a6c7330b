import type { z } from "zod";
import { InputError } from "../shared/errors.js";
import { schemaProblem } from "./schema-problem.js";
import type { Background, OutputFormat, TalkRequest } from "./talk-request.js";
import { talkSchema } from "./talk-schema.js";

const TRUE_WORDS: readonly unknown[] = ["true", "1", "yes", "y", "on", "t", 1];
const FALSE_WORDS: readonly unknown[] = ["false", "0", "no", "n", "off", "f", 0];
/** Texts whose blank value means "not given". */
const BLANK_IS_NULL = ["prompt", "voice", "audio_url", "expression", "language"] as const;

/** Truth values. */
const FLAGS = ["caption", "caption_track", "progressive"] as const;

/**
 * Reads the body of a request, with fal's defaults. Unknown keys are ignored; blank texts count as absent.
 *
 * @throws {@link InputError} when anything is wrong; it carries every problem, the further ones in
 * `details.others`.
 */
export function parseTalkRequest(body: unknown): TalkRequest {
  if (body === undefined || body === null) throw new InputError("missing", "Field required", { field: [] });
  const result = talkSchema.safeParse(normalise(body), { reportInput: true });
  if (!result.success) {
    const [first, ...others] = result.error.issues.map(schemaProblem);
    throw new InputError(first!.code, first!.message, { ...first!.details, others });
  }
  return toTalkRequest(result.data);
}

/** Container of a video that can be played while it is made. */
export type LiveFormat = Exclude<OutputFormat, "mov">;

/** The container in which a body, valid or not, asks for a video that can be played while it is made; null: in none. */
export function liveFormatOf(body: unknown): LiveFormat | null {
  if (typeof body !== "object" || body === null) return null;
  const { progressive, output_format: format } = body as Readonly<Record<string, unknown>>;
  if (looseBoolean(progressive) !== true) return null;
  return format === "webm" ? "webm" : "mp4";
}

/** Loosens the spelling as Pydantic does, before the schema looks at it. */
function normalise(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const fields: Record<string, unknown> = { ...body };
  for (const name of BLANK_IS_NULL) {
    const value = fields[name];
    if (typeof value === "string" && value.trim() === "") fields[name] = null;
  }
  for (const name of FLAGS) if (name in fields) fields[name] = looseBoolean(fields[name]);
  if ("seed" in fields) fields.seed = looseInteger(fields.seed);
  if (typeof fields.extra_outputs === "string") fields.extra_outputs = listed(fields.extra_outputs);
  return fields;
}

function looseBoolean(value: unknown): unknown {
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (TRUE_WORDS.includes(word)) return true;
  if (FALSE_WORDS.includes(word)) return false;
  return value;
}

function looseInteger(value: unknown): unknown {
  return typeof value === "string" && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value;
}

/** A list may be written as one text with commas. */
function listed(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function toTalkRequest(input: z.output<typeof talkSchema>): TalkRequest {
  return {
    image: input.image_url,
    // Half a surrogate pair is no character: it would break every later encoding of the text.
    prompt: input.prompt?.replace(/\p{Surrogate}/gu, "\uFFFD") ?? null,
    voice: input.voice,
    audio: input.audio_url,
    talkingStyle: input.talking_style,
    expression: input.expression,
    background: input.background === null ? null : plainBackground(input.background),
    resolution: input.resolution,
    aspectRatio: input.aspect_ratio,
    caption: input.caption,
    extras: {
      language: input.language,
      seed: input.seed,
      outputFormat: input.output_format,
      fit: input.fit,
      captionStyle: input.caption_style,
      captionTrack: input.caption_track,
      extraOutputs: input.extra_outputs,
      progressive: input.progressive,
    },
  };
}

/** Colours become `#RRGGBB` in capitals. */
function plainBackground(given: Background): Background {
  if (given.type !== "color") return given;
  const digits = given.value.slice(1).toUpperCase();
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return { type: "color", value: `#${long}` };
}
