import { z } from "zod";
import { EngineError } from "../../shared/errors.js";

/** What the numbers of a CTC model mean. */
export type Vocabulary = {
  /** Character of every number; "" for the blank and for marks that are no text. */
  readonly characters: readonly string[];
  /** Number that stands between two words. */
  readonly boundary: number;
  /** Number for "nothing new here". */
  readonly blank: number;
};

const MAX_TOKENS = 10_000;
const BLANKS = ["<pad>", "[PAD]", "<blank>"];
const BOUNDARIES = ["|", " "];
const vocabularyFile = z
  .record(z.string().max(20), z.int().min(0).max(MAX_TOKENS))
  .refine((tokens) => Object.keys(tokens).length <= MAX_TOKENS);

/**
 * Reads vocab.json: characters with their numbers, `|` between words, `<pad>` as the blank.
 *
 * @throws EngineError `model_damaged` when it is none
 */
export function readVocabulary(text: string): Vocabulary {
  const tokens = parse(text);
  const numberOf = (names: readonly string[]): number | undefined =>
    names.map((name) => tokens[name]).find((number) => number !== undefined);
  const [blank, boundary] = [numberOf(BLANKS), numberOf(BOUNDARIES)];
  if (blank === undefined || boundary === undefined) throw damaged('it has no "<pad>" or no "|"');
  const characters = Array<string>(Math.max(...Object.values(tokens)) + 1).fill("");
  for (const [token, number] of Object.entries(tokens))
    if (number !== blank && number !== boundary && !/^[<[].+[>\]]$/.test(token)) characters[number] = token;
  return { characters, blank, boundary };
}

function parse(text: string): Record<string, number> {
  try {
    return vocabularyFile.parse(JSON.parse(text));
  } catch {
    throw damaged("it is no list of characters with numbers");
  }
}

function damaged(reason: string): EngineError {
  return new EngineError(
    "model_damaged",
    `The vocabulary of the recogniser cannot be used: ${reason}. Remove the model and pull it again.`,
    {},
    false,
  );
}
