import { resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { InstalledModel, ModelEntry, ModelState, ModelStore } from "../app/serve.js";
import { InputError, NotFoundError } from "../shared/errors.js";
import type { CommandContext } from "./command.js";
import { createPullDisplay, inMegabytes } from "./model-progress.js";
import { errorJson } from "./report.js";
import { UsageError } from "./usage.js";

/** What `models` and `voices` do with models: the arguments behind the action's name, then the exit status. */
export type ModelAction = (args: readonly string[], context: CommandContext) => Promise<number>;

type Flags = { readonly json: boolean; readonly data: string | undefined; readonly from: string | undefined };

const COMMON = { json: { type: "boolean" }, data: { type: "string" } } as const;
const PULL = { ...COMMON, from: { type: "string" } } as const;

/** `pull NAME|ID [--from DIR] [--data DIR] [--json]`: installs a model. */
export const pullModel: ModelAction = async (args, context) => {
  const { flags, positionals } = parse(args, PULL, 1);
  const [name] = positionals;
  if (name === undefined)
    throw new UsageError(
      "pull needs the id of a model or the name of a voice; parlante models list shows them.",
    );
  return withModels(flags, context, async (models) => pull(models, name, flags, context));
};

/** `remove NAME|ID [--data DIR] [--json]`: removes a model from the disk. */
export const removeModel: ModelAction = async (args, context) => {
  const { flags, positionals } = parse(args, COMMON, 1);
  const [name] = positionals;
  if (name === undefined)
    throw new UsageError("remove needs the id of a model; parlante models list shows them.");
  return withModels(flags, context, async (models) => {
    const { store } = models;
    const present = (await store.states()).flatMap(({ entry, state }) =>
      state === "absent" ? [] : [entry.id],
    );
    const id = present.includes(name) ? name : chooseId(name, models, present);
    const wasThere = await store.remove(id);
    if (!wasThere) throw new NotFoundError(`${id} is not installed. parlante models list shows what is.`);
    if (flags.json) return context.print(`${JSON.stringify({ id, removed: true })}\n`);
    context.messages.write(`${id} is removed. Voices that used it speak with the next best engine.\n`);
  });
};

/** `list [--data DIR] [--json]`: what can be pulled and what is there. */
export const listModels: ModelAction = async (args, context) => {
  const { flags } = parse(args, COMMON, 0);
  return withModels(flags, context, async ({ store }) => {
    const states = await store.states();
    if (flags.json) return context.print(`${JSON.stringify({ models: states.map(stateJson) })}\n`);
    await context.print(table(states));
    for (const { entry, reason } of states.filter(({ state }) => state === "damaged"))
      context.messages.write(
        `${entry.id} is damaged and not used: ${reason}. Mend it with: parlante models pull ${entry.id}\n`,
      );
  });
};

type Models = Awaited<ReturnType<typeof import("../app/serve.js").openModels>>;

async function withModels(
  flags: Flags,
  context: CommandContext,
  work: (models: Models) => Promise<void>,
): Promise<number> {
  try {
    const { openModels } = await import("../app/serve.js");
    const data = flags.data === undefined ? {} : { PARLANTE_DATA: flags.data };
    await work(await openModels({ ...context.environment, ...data }));
    return 0;
  } catch (error) {
    if (!flags.json || error instanceof UsageError) throw error;
    await context.print(`${errorJson(error)}\n`);
    return 1;
  }
}

function parse(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
  most: number,
): { flags: Flags; positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > most) throw new UsageError(`"${positionals[most]}" is too much.`);
    const { json, data, from } = values as { json?: boolean; data?: string; from?: string };
    return { flags: { json: json === true, data, from }, positionals };
  } catch (cause) {
    if (cause instanceof UsageError || !(cause instanceof TypeError)) throw cause;
    throw new UsageError(`${cause.message.split(/\. |\n/)[0]!.replace(/\.$/, "")}.`, { cause });
  }
}

/**
 * The one model that is meant: by its id, else the best of the voice of that name, else by a part of its id.
 *
 * @param preferred - ids that come before better ones when a voice has several
 */
function chooseId(name: string, models: Models, preferred: readonly string[] = []): string {
  const ids = models.idsFor(name);
  const isWhole = ids.length === 1 && ids[0]!.toLowerCase() === name.trim().toLowerCase();
  const ofVoice = isWhole ? null : models.idsForVoice(name);
  const best = ofVoice?.find((id) => preferred.includes(id)) ?? ofVoice?.[0];
  if (best !== undefined) return best;
  if (ofVoice !== null) throw new NotFoundError(`"${name}" comes along; there is no model for it.`);
  if (ids.length === 1) return ids[0]!;
  const shown = name.slice(0, 100);
  if (ids.length === 0)
    throw new NotFoundError(
      `There is no such model. ${models.noSuchVoice(name)} parlante models list and parlante voices list show all.`,
    );
  throw new InputError(
    "one_of",
    `"${shown}" may mean ${ids.slice(0, 6).join(", ")}${ids.length > 6 ? ", …" : ""}. Give one of them.`,
    { context: { expected: ids } },
  );
}

async function pull(models: Models, name: string, flags: Flags, context: CommandContext) {
  const { store, catalogue } = models;
  const id = chooseId(name, models);
  const entry = catalogue.find((candidate) => candidate.id === id)!;
  const wasThere = (await store.find(id)) !== null;
  const { messages } = context;
  if (!flags.json && !wasThere) messages.write(introduction(entry));
  const display = createPullDisplay(messages);
  const unverified: { file: string; sha256: string }[] = [];
  let model: InstalledModel;
  try {
    model = await pullWith(store, id, flags, context, {
      onProgress: (step) => display.show(step),
      onUnverified: (file, sha256) => unverified.push({ file, sha256 }),
    });
  } finally {
    display.end();
  }
  if (flags.json)
    return context.print(
      `${JSON.stringify({ id, directory: model.directory, already_installed: wasThere, licence: entry.licence, unverified })}\n`,
    );
  for (const { file, sha256 } of unverified)
    messages.write(
      `${file} could not be verified: no hash of it is published. It has the SHA-256 ${sha256}.\n`,
    );
  messages.write(wasThere ? `${id} was installed already.\n` : `${id} is installed in ${model.directory}\n`);
}

function pullWith(
  store: ModelStore,
  id: string,
  flags: Flags,
  { signal }: CommandContext,
  events: Pick<NonNullable<Parameters<ModelStore["pull"]>[1]>, "onProgress" | "onUnverified">,
): Promise<InstalledModel> {
  const from = flags.from === undefined ? {} : { from: resolve(flags.from) };
  return store.pull(id, { ...from, ...events, signal });
}

function introduction(entry: ModelEntry): string {
  return [
    `${entry.id}: ${KINDS[entry.kind]}, ${entry.language}, ${inMegabytes(bytesOf(entry))} MB`,
    `  licence  ${entry.licence}`,
    `  source   ${entry.source}`,
    "",
  ].join("\n");
}

const KINDS = { piper: "Piper voice", kokoro: "Kokoro voices", ctc: "speech recognition" } as const;
const STATES = { installed: "installed", absent: "-", damaged: "DAMAGED" } as const;

function bytesOf({ files }: ModelEntry): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function stateJson({ entry, state, reason }: ModelState): Record<string, unknown> {
  const { id, kind, language, licence, source, speakers, files } = entry;
  return {
    id,
    kind,
    language,
    state,
    ...(reason === undefined ? {} : { reason }),
    size_bytes: bytesOf(entry),
    verified: files.every(({ sha256, md5 }) => sha256 !== undefined || md5 !== undefined),
    licence,
    source,
    speakers,
  };
}

function table(states: readonly ModelState[]): string {
  const rows = states.map(({ entry, state }) => [
    entry.id,
    STATES[state],
    entry.language,
    `${inMegabytes(bytesOf(entry))} MB`,
    speakersOf(entry),
    entry.licence.replace(/ \(https:.*\)$/, ""),
  ]);
  const all = [["MODEL", "STATE", "LANGUAGE", "SIZE", "SPEAKERS", "LICENCE"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function speakersOf({ speakers, kind }: ModelEntry): string {
  if (kind === "ctc") return "-";
  if (speakers.length === 1) return speakers[0]!.gender;
  return String(speakers.length);
}
