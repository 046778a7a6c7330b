import { z } from "zod";
import {
  ASPECT_RATIOS,
  CAPTION_STYLES,
  EXTRA_OUTPUTS,
  OUTPUT_FORMATS,
  RESOLUTIONS,
  TALKING_STYLES,
} from "./talk-request.js";

/** Longest text to be spoken, Unicode characters: the limit of the hosted model. */
export const MAX_PROMPT_CHARACTERS = 5000;

/** Largest seed: 32 bits, as other generators take. */
export const MAX_SEED = 2 ** 32 - 1;

const LANGUAGE_TAG = /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*$/;
const HEX_COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/** What a check of ours reports besides its message: fal's error type and limits. */
export type ProblemParams = { readonly type: string; readonly ctx: Readonly<Record<string, unknown>> };

function problem(type: string, message: string, ctx: Record<string, unknown>, path: string[] = []) {
  return { code: "custom" as const, message, path, params: { type, ctx } satisfies ProblemParams };
}

const prompt = z
  .string()
  .superRefine((text, context) => {
    let characters = 0;
    for (const _ of text) characters++;
    if (characters <= MAX_PROMPT_CHARACTERS) return;
    context.addIssue(
      problem(
        "sequence_too_long",
        `The prompt has ${characters} characters; the limit is ${MAX_PROMPT_CHARACTERS}. ` +
          "Shorten it, or make several videos.",
        { max_length: MAX_PROMPT_CHARACTERS },
      ),
    );
  })
  // Counted in characters as JSON Schema does, not in UTF-16 units as `max()` would.
  .meta({ maxLength: MAX_PROMPT_CHARACTERS });

const background = z
  .object({
    type: z.enum(["color", "image", "video"]).default("color").meta({ description: "What `value` is." }),
    value: z
      .string()
      .default("#FFFFFF")
      .meta({ description: "Hex colour such as `#00FF00`, or the URL of the image or video." }),
  })
  .superRefine((given, context) => {
    if (given.type === "color" && !HEX_COLOR.test(given.value)) {
      const pattern = "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$";
      const message = `A background colour is written as "#RGB" or "#RRGGBB", e.g. "#00FF00".`;
      context.addIssue(problem("string_pattern_mismatch", message, { pattern }, ["value"]));
    }
    if (given.type !== "color" && HEX_COLOR.test(given.value)) {
      const message = `A background of type "${given.type}" needs the URL of the ${given.type} in \`value\`.`;
      context.addIssue(problem("value_error", message, {}, ["value"]));
    }
  });

/** The inputs of the hosted model, in the order of its page. */
const modelFields = {
  image_url: z
    .string()
    .superRefine((value, context) => {
      if (value.trim() === "")
        context.addIssue(problem("sequence_too_short", "Give the URL of a photo.", { min_length: 1 }));
    })
    .meta({
      description: "The photo to animate: an http(s) URL or a data URI. It must show a clear face.",
      minLength: 1,
      examples: ["https://example.com/face.png"],
    }),
  prompt: prompt
    .nullable()
    .default(null)
    .meta({
      description: 'The text to be spoken. `<break time="0.5s"/>` makes a pause.',
      examples: ["Hey friends! Welcome to the GPU force podcast."],
    }),
  voice: z
    .string()
    .nullable()
    .default(null)
    .meta({ description: "Name of the voice that speaks the prompt.", examples: ["Melissa"] }),
  audio_url: z.string().nullable().default(null).meta({
    description: "A recording to speak with: an http(s) URL or a data URI. It overrides prompt and voice.",
  }),
  talking_style: z
    .enum(TALKING_STYLES)
    .default("stable")
    .meta({ description: "`stable` moves little, `expressive` moves more." }),
  expression: z
    .string()
    .nullable()
    .default(null)
    .meta({ description: "Facial expression while speaking.", examples: ["happy"] }),
  background: background.nullable().default(null).meta({
    description: "What stands behind the person instead of the photo's own background.",
  }),
  resolution: z.enum(RESOLUTIONS).default("720p").meta({ description: "Size of the video's short side." }),
  aspect_ratio: z
    .enum(ASPECT_RATIOS)
    .default("16:9")
    .meta({ description: "Shape of the video; `auto` keeps the shape of the photo." }),
  caption: z.boolean().default(false).meta({ description: "Write the spoken words into the video." }),
};

/** Inputs that the hosted model does not have. */
const extraFields = {
  language: z
    .string()
    .superRefine((tag, context) => {
      if (LANGUAGE_TAG.test(tag)) return;
      const message = 'A language is given as a tag such as "en", "de" or "pt-BR".';
      context.addIssue(problem("string_pattern_mismatch", message, { pattern: LANGUAGE_TAG.source }));
    })
    .nullable()
    .default(null)
    .meta({
      description: "Language of the prompt, as a BCP 47 tag; found from the prompt when left out.",
      examples: ["de", "pt-BR"],
      pattern: LANGUAGE_TAG.source,
    }),
  seed: z
    .int()
    .min(0)
    .max(MAX_SEED)
    .default(0)
    .meta({ description: "The same request with the same seed gives the same video." }),
  output_format: z
    .enum(OUTPUT_FORMATS)
    .default("mp4")
    .meta({
      description:
        "`mp4` (H.264), `webm` (VP9) or `mov` (ProRes 4444); the last two are transparent behind the person " +
        "unless there is a background.",
    }),
  fit: z.enum(["cover", "contain"]).nullable().default(null).meta({
    description:
      "`cover` crops a photo of another shape, `contain` keeps all of it; without, what suits the head.",
  }),
  caption_style: z
    .enum(CAPTION_STYLES)
    .default("plain")
    .meta({ description: "`highlight` shows the word that is being said in another colour." }),
  caption_track: z
    .boolean()
    .default(false)
    .meta({ description: "Put the captions into the file as a track of text that players can show." }),
  extra_outputs: z
    .array(z.enum(EXTRA_OUTPUTS))
    .default([])
    .transform((names) => [...new Set(names)])
    .meta({
      description:
        "Files to be made beside the video: `srt` and `vtt` subtitles, a `poster`, a `gif` or `webp` preview.",
      examples: [["srt", "poster"]],
    }),
  progressive: z
    .boolean()
    .default(false)
    .meta({ description: "Let the video be played while it is still being made." }),
};

/** Names of the inputs that the hosted model does not have. */
export const EXTRA_FIELDS: readonly string[] = Object.keys(extraFields);

/** The one schema of a request as it comes over the wire. Unknown keys are ignored, as fal does. */
export const talkSchema = z.object({ ...modelFields, ...extraFields });
