import { relative } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { ListedVoice, OpenVoices } from "../app/serve.js";
import { NotFoundError } from "../shared/errors.js";
import type { Command, CommandContext } from "./command.js";
import { pullModel, removeModel } from "./model-actions.js";
import { writablePath, writeWhole } from "./output-file.js";
import { errorJson } from "./report.js";
import { UsageError } from "./usage.js";
import { voicesTable } from "./voices-table.js";
import { waveFile } from "./wave-file.js";

/** `parlante voices`: who can speak, and how they sound. */
export const voicesCommand: Command = {
  name: "voices",
  summary: "List the voices, listen to one, and fetch better ones.",
  usage,
  run,
};

/** Vowels, nasals and hisses, a pause and a question: what a voice is known by. */
const PREVIEW_TEXT =
  "Hello! This is how I sound when I read your words. The quick brown fox jumps over the lazy dog, again and again. Shall we begin?";

const COMMON = { json: { type: "boolean" }, data: { type: "string" } } as const;
const LIST = { language: { type: "string" }, gender: { type: "string" } } as const;
const PREVIEW = { out: { type: "string" }, text: { type: "string" }, language: { type: "string" } } as const;

type Flags = Readonly<Record<string, string | boolean | undefined>>;
type Work = (voices: OpenVoices) => Promise<void>;

async function run([action, ...rest]: readonly string[], context: CommandContext): Promise<number> {
  switch (action) {
    case "list": {
      const { flags } = parse(rest, LIST, 0);
      const keep = readFilter(flags);
      return withVoices(flags, context, (voices) => list(voices, keep, flags.json === true, context));
    }
    case "preview": {
      const { flags, positionals } = parse(rest, PREVIEW, 1);
      const [name] = positionals;
      if (name === undefined || name.trim() === "")
        throw new UsageError("preview needs the name of a voice; parlante voices list shows them.");
      const outPath = writablePath(String(flags.out ?? fileNameFor(name)), "--out");
      return withVoices(flags, context, (voices) => preview(voices, name, outPath, flags, context));
    }
    case "pull":
      return pullModel(rest, context);
    case "remove":
      return removeModel(rest, context);
    default:
      throw new UsageError(
        `${action === undefined ? "Say what to do with voices" : `Voices cannot be "${action}"`}: list, preview, pull or remove.`,
      );
  }
}

async function withVoices(flags: Flags, context: CommandContext, work: Work): Promise<number> {
  try {
    const { openVoices } = await import("../app/serve.js");
    const data = flags.data === undefined ? {} : { PARLANTE_DATA: String(flags.data) };
    await work(await openVoices({ ...context.environment, ...data }));
    return 0;
  } catch (error) {
    if (flags.json !== true || error instanceof UsageError) throw error;
    await context.print(`${errorJson(error)}\n`);
    return 1;
  }
}

function parse(args: readonly string[], own: NonNullable<ParseArgsConfig["options"]>, most: number) {
  try {
    const parsed = parseArgs({ args: [...args], options: { ...COMMON, ...own }, allowPositionals: true });
    if (parsed.positionals.length > most)
      throw new UsageError(`"${parsed.positionals[most]}" is too much. Put names with spaces in quotes.`);
    return { flags: parsed.values as Flags, positionals: parsed.positionals };
  } catch (cause) {
    if (cause instanceof UsageError || !(cause instanceof TypeError)) throw cause;
    throw new UsageError(`${cause.message.split(/\. |\n/)[0]!.replace(/\.$/, "")}.`, { cause });
  }
}

type Filter = (voice: ListedVoice) => boolean;

function readFilter(flags: Flags): Filter {
  const language = flags.language === undefined ? null : String(flags.language).toLowerCase();
  const gender = flags.gender === undefined ? null : String(flags.gender).toLowerCase();
  if (gender !== null && !["f", "m", "female", "male"].includes(gender))
    throw new UsageError(`--gender is f or m, not "${gender}".`);
  return (voice) => {
    const spoken = voice.language.toLowerCase();
    const fits = language === null || spoken === language || spoken.startsWith(`${language}-`);
    return fits && (gender === null || voice.gender[0] === gender[0]);
  };
}

async function list(
  voices: OpenVoices,
  keep: Filter,
  json: boolean,
  { print, messages }: CommandContext,
): Promise<void> {
  const all = await voices.list();
  const kept = all.filter(keep);
  if (json) return print(`${JSON.stringify({ voices: kept.map(toJson) })}\n`);
  if (kept.length === 0) {
    const languages = [...new Set(all.map(({ language }) => language))].join(", ");
    messages.write(
      `No voice is like that. Their own languages are ${languages}; they read other languages too.\n`,
    );
    return;
  }
  return print(voicesTable(kept));
}

function toJson({ source, ...voice }: ListedVoice): Record<string, unknown> {
  const { engine, model, speaker } = source;
  return { ...voice, engine, model: model ?? null, speaker };
}

async function preview(
  voices: OpenVoices,
  name: string,
  outPath: string,
  flags: Flags,
  { print, messages, signal }: CommandContext,
): Promise<void> {
  const voice = voices.nameOf(name);
  if (voice === null) throw new NotFoundError(`${voices.noSuchVoice(name)} parlante voices list shows all.`);
  const language = flags.language === undefined ? null : String(flags.language);
  const text = String(flags.text ?? PREVIEW_TEXT);
  const { samples, sampleRate, warnings } = await voices.preview(voice, text, { signal, language });
  await writeWhole(outPath, waveFile(samples, sampleRate), signal);
  if (flags.json === true)
    return print(
      `${JSON.stringify({ voice, file: outPath, duration: samples.length / sampleRate, warnings })}\n`,
    );
  for (const warning of warnings) messages.write(`warning: ${warning}\n`);
  return print(`${relative(process.cwd(), outPath)}\n`);
}

/** A file name that every system takes: `Derya - Lifelike - Excited 🤩` is `derya-lifelike-excited.wav`. */
function fileNameFor(name: string): string {
  const words = name
    .normalize("NFKD")
    .toLowerCase()
    .slice(0, 100)
    .match(/[a-z0-9]+/g);
  return `${words?.join("-") ?? "voice"}.wav`;
}

function usage(): string {
  return [
    "parlante voices: who can speak, and how they sound.",
    "",
    "Usage:",
    "  parlante voices list [--language LANGUAGE] [--gender f|m] [--json]",
    "  parlante voices preview NAME [--out FILE.wav] [--text TEXT] [--language LANGUAGE] [--json]",
    "  parlante voices pull NAME|ID [--from DIRECTORY] [--json]",
    "  parlante voices remove NAME|ID [--json]",
    "",
    "A name is matched without regard to case and to spaces around it; put it in quotes when it has spaces inside. The",
    "same name always sounds the same, until a better model of it is pulled or removed.",
    "",
    "  preview   Writes what the voice says as a WAV file, and prints the file's name.",
    "  pull      Fetches the best model of a voice, or the model of that id. The names that it can speak are spoken by",
    "            it from then on, by a speaker of its own each.",
    "  remove    Removes the model that speaks a voice, for all the names that it speaks.",
    "",
    "  --out FILE.wav     Where the sound goes. (default: the voice's name, in this folder)",
    "  --text TEXT        What it says. (default: a few sentences)",
    "  --language TAG     list: only voices of that language, e.g. en or en-GB. preview: the language of the text,",
    "                     where it should not be found from the text itself.",
    "  --gender f|m       Only women's or men's voices.",
    "  --from DIRECTORY   Take a model's files from there instead of the network.",
    "  --data DIRECTORY   Stands for PARLANTE_DATA; models lie below it.",
    "  --json             Print the result, or the error, as one JSON object.",
    "",
    "Exit status: 0 done, 1 failed, 2 this command line was not understood, 130 stopped by Ctrl-C.",
    "",
  ].join("\n");
}
