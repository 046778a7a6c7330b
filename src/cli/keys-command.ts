import { type ParseArgsConfig, parseArgs } from "node:util";
import type { KeyOptions, KeyRecord, KeyStore } from "../keys/index.js";
import { NotFoundError } from "../shared/errors.js";
import type { Command, CommandContext } from "./command.js";
import { errorJson } from "./report.js";
import { UsageError } from "./usage.js";

/** `parlante keys`: who may use the server. */
export const keysCommand: Command = {
  name: "keys",
  summary: "Make, list and revoke the keys with which callers use the server.",
  usage,
  run,
};

type Flags = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
type Action = (keys: KeyStore, context: CommandContext) => Promise<void>;

const COMMON = { json: { type: "boolean" }, data: { type: "string" } } as const;
const CREATE = {
  name: { type: "string" },
  scope: { type: "string", multiple: true },
  "max-concurrency": { type: "string" },
  "requests-per-minute": { type: "string" },
  budget: { type: "string" },
} as const;

async function run([action, ...rest]: readonly string[], context: CommandContext): Promise<number> {
  const { flags, act } = read(action, rest);
  try {
    const [{ openRecords }, { createKeyStore }] = await Promise.all([
      import("../app/serve.js"),
      import("../keys/index.js"),
    ]);
    const data = flags.data === undefined ? {} : { PARLANTE_DATA: String(flags.data) };
    const records = await openRecords({ ...context.environment, ...data });
    try {
      await act(createKeyStore(records.database), context);
    } finally {
      await records.close();
    }
    return 0;
  } catch (error) {
    if (flags.json !== true) throw error;
    await context.print(`${errorJson(error)}\n`);
    return 1;
  }
}

/** What is to be done; nothing is opened before all of it is understood. */
function read(action: string | undefined, args: readonly string[]): { flags: Flags; act: Action } {
  switch (action) {
    case "create": {
      const { flags } = parse(args, CREATE, 0);
      const options = readKeyOptions(flags);
      return { flags, act: (keys, context) => create(keys, options, flags.json === true, context) };
    }
    case "list": {
      const { flags } = parse(args, {}, 0);
      return { flags, act: (keys, context) => list(keys, flags.json === true, context) };
    }
    case "revoke": {
      const { flags, positionals } = parse(args, {}, 1);
      const [id] = positionals;
      if (id === undefined)
        throw new UsageError("revoke needs the id of a key; parlante keys list shows them.");
      return { flags, act: (keys, context) => revoke(keys, id, flags.json === true, context) };
    }
    default:
      throw new UsageError(
        `${action === undefined ? "Say what to do with keys" : `Keys cannot be "${action}"`}: create, list or revoke.`,
      );
  }
}

function parse(args: readonly string[], own: NonNullable<ParseArgsConfig["options"]>, positionals: number) {
  try {
    const parsed = parseArgs({ args: [...args], options: { ...COMMON, ...own }, allowPositionals: true });
    if (parsed.positionals.length > positionals)
      throw new UsageError(`"${parsed.positionals[positionals]}" is too much.`);
    return { flags: parsed.values as Flags, positionals: parsed.positionals };
  } catch (cause) {
    if (cause instanceof UsageError || !(cause instanceof TypeError)) throw cause;
    throw new UsageError(`${cause.message.split(/\. |\n/)[0]!.replace(/\.$/, "")}.`, { cause });
  }
}

function readKeyOptions(flags: Flags): KeyOptions {
  if (typeof flags.name !== "string")
    throw new UsageError("create needs --name, by which you know the key again.");
  const scopes = (flags.scope as readonly string[] | undefined)?.flatMap((text) => text.split(","));
  return {
    name: flags.name,
    // The store knows which scopes there are, and says so.
    ...(scopes === undefined ? {} : { scopes: scopes as NonNullable<KeyOptions["scopes"]> }),
    maxConcurrency: readNumber(flags, "max-concurrency"),
    requestsPerMinute: readNumber(flags, "requests-per-minute"),
    budgetUsd: readNumber(flags, "budget"),
  };
}

function readNumber(flags: Flags, flag: string): number | null {
  const text = flags[flag];
  if (text === undefined) return null;
  if (!/^\d{1,15}(\.\d{1,6})?$/.test(String(text)))
    throw new UsageError(`--${flag} needs a number of 0 or more, not "${text}".`);
  return Number(text);
}

async function create(
  keys: KeyStore,
  options: KeyOptions,
  json: boolean,
  { print, messages }: CommandContext,
): Promise<void> {
  const { key, text } = await keys.create(options);
  if (json) return print(`${JSON.stringify({ ...toJson(key), key: text })}\n`);
  messages.write(
    `The key "${key.name}" (${key.scopes.join(", ")}) is shown this once. Use it as FAL_KEY, or its halves as FAL_KEY_ID and FAL_KEY_SECRET.\n`,
  );
  return print(`${text}\n`);
}

async function list(keys: KeyStore, json: boolean, { print, messages }: CommandContext): Promise<void> {
  const records = await keys.list();
  if (json) return print(`${JSON.stringify({ keys: records.map(toJson) })}\n`);
  if (records.length === 0) {
    messages.write("There are no keys. Make one with: parlante keys create --name me\n");
    return;
  }
  return print(records.map(describe).join("\n"));
}

async function revoke(
  keys: KeyStore,
  id: string,
  json: boolean,
  { print, messages }: CommandContext,
): Promise<void> {
  // Who pastes the whole key means its id.
  const bare = id.split(":")[0]!;
  if (!(await keys.revoke(bare)))
    throw new NotFoundError(`There is no working key with the id "${bare}". parlante keys list shows all.`);
  if (json) return print(`${JSON.stringify({ id: bare, revoked: true })}\n`);
  messages.write("Revoked. Servers that run know it within a second or two.\n");
}

function toJson(key: KeyRecord): Record<string, unknown> {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    max_concurrency: key.maxConcurrency,
    requests_per_minute: key.requestsPerMinute,
    budget_usd: key.budgetUsd,
    spent_usd: key.spentUsd,
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}

function describe(key: KeyRecord): string {
  const limits = [
    key.maxConcurrency === null ? "" : `${key.maxConcurrency} at a time`,
    key.requestsPerMinute === null ? "" : `${key.requestsPerMinute} per minute`,
    `$${key.spentUsd.toFixed(2)} spent${key.budgetUsd === null ? "" : ` of $${key.budgetUsd.toFixed(2)}`}`,
  ].filter((limit) => limit !== "");
  const used = key.lastUsedAt === null ? "never used" : `last used ${day(key.lastUsedAt)}`;
  const state = key.revokedAt === null ? used : `revoked ${day(key.revokedAt)}`;
  return `${key.id}  ${key.name}\n    ${key.scopes.join(", ")}; ${limits.join(", ")}; made ${day(key.createdAt)}, ${state}\n`;
}

const day = (date: Date): string => date.toISOString().slice(0, 10);

function usage(): string {
  return [
    "parlante keys: who may use the server.",
    "",
    "Usage:",
    "  parlante keys create --name NAME [--scope run|files|admin]… [--max-concurrency N]",
    "                       [--requests-per-minute N] [--budget USD] [--json]",
    "  parlante keys list [--json]",
    "  parlante keys revoke ID [--json]",
    "",
    "A key is printed when it is made, alone on standard output, and never again: only its hash is kept. It works as",
    "FAL_KEY in fal's clients, and as FAL_KEY_ID (before the colon) with FAL_KEY_SECRET (behind it).",
    "",
    "  --name NAME                For you to know it again.",
    "  --scope SCOPE              What it may do; may be given several times. run: make videos. files: upload.",
    "                             admin: see the usage and requests of all keys, delete payloads.",
    "                             (default: run and files)",
    "  --max-concurrency N        Requests worked on at the same time; others wait in the queue.",
    "  --requests-per-minute N    Runs and submissions in one minute of the clock.",
    "  --budget USD               US dollars that it may cost in all; then it is refused with 403.",
    "  --data DIRECTORY           Stands for PARLANTE_DATA.",
    "  --json                     Print the result, or the error, as one JSON object.",
    "",
    "It works on the database of PARLANTE_DATA or DATABASE_URL, whether the server runs or not. A server learns of",
    "new keys at once and of revoked ones within about a second.",
    "",
  ].join("\n");
}
