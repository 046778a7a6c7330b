import { InputError } from "../shared/errors.js";
import type { Language } from "./language/languages.js";
import { isEnglish, promptLanguage } from "./language/prompt-language.js";
import { MAX_PROMPT_LENGTH } from "./limits.js";
import { withoutEmoji } from "./text/characters.js";
import { readMarkup } from "./text/markup.js";
import { readScript, type Script } from "./text/script.js";

/** A prompt that was understood. */
export type ReadPrompt = {
  readonly script: Script;
  readonly language: Language;
  readonly warnings: readonly string[];
};

/**
 * Reads and checks a prompt without speaking it.
 *
 * @param wanted - BCP 47 tag of its language; `null` to find it out
 * @throws InputError `sequence_too_long`, `sequence_too_short` or `feature_not_supported` on `prompt`,
 *   `feature_not_supported` on `language`
 */
export async function readPrompt(prompt: string, wanted: string | null): Promise<ReadPrompt> {
  if (prompt.length > MAX_PROMPT_LENGTH && [...prompt].length > MAX_PROMPT_LENGTH) throw tooLong(prompt);
  const text = readMarkup(prompt)
    .parts.map((part) => part.text)
    .join(" ");
  const language = await promptLanguage(text, wanted);
  const script = readScript(prompt, { language: language.tag, hasSpaces: language.hasSpaces });
  const isSayable = script.sentences.some(({ tokens }) =>
    tokens.some((token) => token.spoken.words.length > 0),
  );
  if (!isSayable) throw nothingToSay(prompt);
  return { script, language, warnings: [...skippedLetters(text, language), ...script.warnings] };
}

/** An English voice reads Latin letters only. */
function skippedLetters(text: string, language: Language): string[] {
  const others = withoutEmoji(text).match(/(?!\p{Script=Latin})\p{L}/gu) ?? [];
  if (!isEnglish(language) || others.length === 0) return [];
  const shown = [...new Set(others)].slice(0, 10).join("");
  return [`Letters that are not Latin (${shown}) were skipped, because the prompt is read as English.`];
}

function tooLong(prompt: string): InputError {
  return new InputError(
    "sequence_too_long",
    `The prompt has ${[...prompt].length} characters; at most ${MAX_PROMPT_LENGTH} can be spoken. Shorten it or split it into several requests.`,
    { field: ["prompt"], context: { max_length: MAX_PROMPT_LENGTH }, input: prompt },
  );
}

function nothingToSay(prompt: string): InputError {
  return new InputError(
    "sequence_too_short",
    "There is nothing to speak in the prompt. Send at least one word, or leave the prompt out for a silent living portrait.",
    { field: ["prompt"], context: { min_length: 1 }, input: prompt },
  );
}
