import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { defaultDataDir } from "../shared/data-directory.js";
import { InputError } from "../shared/errors.js";

/** The roles that a process of the server can have. */
export const ROLES = ["all", "api", "worker"] as const;
/** `api` answers, `worker` makes videos, `all` is both. */
export type Role = (typeof ROLES)[number];

const flag = z
  .enum(["true", "false", "1", "0", "yes", "no"])
  .transform((text) => text === "true" || text === "1" || text === "yes");
const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const amount = (min: number, max: number) => z.coerce.number().min(min).max(max);

/** What a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable of the environment: what it means, what it may be, and what holds without it. */
type Variable<Value> = {
  readonly name: string;
  readonly meaning: string;
  /** The default as help shows it. */
  readonly otherwise: string;
  readonly read: z.ZodType<Value, unknown>;
  readonly fallback: (environment: Environment) => Value;
};

function variable<Value>(
  name: string,
  meaning: string,
  read: z.ZodType<Value, unknown>,
  fallback: Value | ((environment: Environment) => Value),
  otherwise: string,
): Variable<Value> {
  return {
    name,
    meaning,
    read,
    fallback: fallback instanceof Function ? fallback : () => fallback,
    otherwise,
  };
}

const text = z.string().min(1);
const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));
const oneRenderPerTwoCores = Math.max(1, Math.floor(availableParallelism() / 2));

/** Every setting of the server. Names on the left are ours, the others those of the environment. */
const VARIABLES = {
  port: variable("PORT", "port for everything; 0 takes a free one", count(0, 65_535), 8080, "8080"),
  host: variable("HOST", "address to listen on", text, "127.0.0.1", "127.0.0.1"),
  role: variable("PARLANTE_ROLE", "all, api or worker", z.enum(ROLES), "all", "all"),
  dataDir: variable(
    "PARLANTE_DATA",
    "directory of database, files, keys and analyses",
    text.transform((path) => resolve(path)),
    defaultDataDir,
    "~/.local/share/parlante",
  ),
  databaseUrl: variable(
    "DATABASE_URL",
    "a PostgreSQL of yours instead of the one that comes along",
    text.nullable(),
    null,
    "embedded",
  ),
  publicUrl: variable(
    "PARLANTE_PUBLIC_URL",
    "address under which callers reach this server, for URLs in answers",
    address.nullable(),
    null,
    "the one that they used",
  ),
  trustsProxy: variable(
    "PARLANTE_TRUST_PROXY",
    "believe X-Forwarded-* also from other machines",
    flag,
    false,
    "only from this machine",
  ),
  corsOrigins: variable(
    "PARLANTE_CORS_ORIGINS",
    "web origins that may call, separated by commas, or *",
    text.transform((list) => list.split(",").map((origin) => origin.trim())).nullable(),
    null,
    "* with keys, else only pages of this machine",
  ),
  renders: variable(
    "PARLANTE_RENDERS",
    "videos made at the same time by one worker",
    count(1, 256),
    oneRenderPerTwoCores,
    "one per two processors",
  ),
  retries: variable("PARLANTE_RETRIES", "new attempts after a crash", count(0, 100), 10, "10"),
  memoryLimitMb: variable(
    "PARLANTE_MEMORY_LIMIT_MB",
    "largest memory of one render with its media process",
    count(400, 1_000_000),
    2048,
    "2048",
  ),
  timeLimit: variable(
    "PARLANTE_TIME_LIMIT",
    "longest time for one attempt, seconds",
    amount(5, 86_400),
    1800,
    "1800",
  ),
  drainSeconds: variable(
    "PARLANTE_DRAIN_SECONDS",
    "how long a stopping worker finishes what it has begun",
    amount(0, 3600),
    25,
    "25",
  ),
  allowsPrivateInputs: variable(
    "PARLANTE_ALLOW_PRIVATE_INPUTS",
    "fetch photos and recordings also from private addresses",
    flag,
    false,
    "false",
  ),
  allowsPrivateWebhooks: variable(
    "PARLANTE_ALLOW_PRIVATE_WEBHOOKS",
    "deliver webhooks also to private addresses, and over http",
    flag,
    false,
    "false",
  ),
  pricePerSecond: variable(
    "PARLANTE_PRICE_PER_SECOND",
    "US dollars per second of video, for the ledger",
    amount(0, 1000),
    0.1,
    "0.10",
  ),
  keepPayloadsDays: variable(
    "PARLANTE_KEEP_PAYLOADS_DAYS",
    "days for which requests and answers are remembered",
    amount(0, 36_500),
    30,
    "30",
  ),
  keepFilesDays: variable(
    "PARLANTE_KEEP_FILES_DAYS",
    "days for which files are kept when the request says nothing",
    amount(0, 36_500).nullable(),
    null,
    "for ever",
  ),
  urlLifetime: variable(
    "PARLANTE_URL_LIFETIME",
    "seconds for which URLs of finished videos work; they are then signed",
    amount(1, 1e9).nullable(),
    null,
    "as long as the file exists",
  ),
  maxUploadMb: variable("PARLANTE_MAX_UPLOAD_MB", "largest uploaded file", count(1, 1_000_000), 1024, "1024"),
  metricsArePublic: variable(
    "PARLANTE_METRICS_PUBLIC",
    "show /metrics to everybody who reaches the server",
    flag,
    false,
    "with keys, only to admin keys",
  ),
  logLevel: variable(
    "PARLANTE_LOG_LEVEL",
    "fatal, error, warn, info, debug or silent",
    z.enum(["fatal", "error", "warn", "info", "debug", "silent"]),
    "info",
    "info",
  ),
  s3Bucket: variable(
    "PARLANTE_S3_BUCKET",
    "keep files in this S3 bucket",
    text.nullable(),
    null,
    "files lie in PARLANTE_DATA",
  ),
  s3Region: variable("AWS_REGION", "region of the bucket", text, "us-east-1", "us-east-1"),
  s3Endpoint: variable(
    "AWS_ENDPOINT_URL_S3",
    "S3 server other than Amazon's",
    address.nullable(),
    null,
    "Amazon",
  ),
  s3AccessKeyId: variable(
    "AWS_ACCESS_KEY_ID",
    "key of the S3 server",
    text.nullable(),
    null,
    "as the AWS SDK finds it",
  ),
  s3SecretAccessKey: variable(
    "AWS_SECRET_ACCESS_KEY",
    "its secret",
    text.nullable(),
    null,
    "as the AWS SDK finds it",
  ),
  s3SessionToken: variable("AWS_SESSION_TOKEN", "its session", text.nullable(), null, "none"),
  s3PathStyle: variable(
    "PARLANTE_S3_PATH_STYLE",
    "bucket in the path instead of the host name",
    flag.nullable(),
    null,
    "true with AWS_ENDPOINT_URL_S3",
  ),
} as const;

/** All settings of the server, read and checked. */
export type ServerSettings = {
  readonly [Name in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[Name]["fallback"]>;
};

/**
 * The settings that an environment asks for.
 *
 * @throws {@link InputError} `invalid_setting` naming every variable that cannot be used
 */
export function readServerSettings(environment: Environment): ServerSettings {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [key, { name, read, fallback }] of Object.entries(VARIABLES)) {
    const given = environment[name]?.trim();
    if (given === undefined || given === "") {
      settings[key] = fallback(environment);
      continue;
    }
    const result = read.safeParse(given);
    if (result.success) settings[key] = result.data;
    else problems.push(`${name}: ${result.error.issues[0]!.message}`);
  }
  if (problems.length > 0) throw new InputError("invalid_setting", problems.join("\n"));
  return settings as ServerSettings;
}

/** Name, meaning and default of every variable, for `parlante serve --help`. */
export function describeSettings(): readonly { name: string; meaning: string; otherwise: string }[] {
  return Object.values(VARIABLES).map(({ name, meaning, otherwise }) => ({ name, meaning, otherwise }));
}

/** Where workers have their workspaces, in which videos grow that are followed meanwhile. */
export function workspacesOf({ dataDir }: Pick<ServerSettings, "dataDir">): string {
  return join(dataDir, "work");
}
