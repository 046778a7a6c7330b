import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers } from "pino";

/** How much is logged. */
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "silent";

/** Longest text that a line repeats: a data URI may have millions of characters. */
const MAX_TEXT = 2000;
/** How deep values of a line are looked through; deeper ones are left out. */
const MAX_DEPTH = 6;
/** Longest list that a line repeats. */
const MAX_ITEMS = 50;

/** Names of fields whose values nobody may read in a log. */
const SECRET_NAME =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|password|.*secret.*|token|.*[-_]token|fal_key|api[-_]?key|x-api-key|jwt|signature|x-amz-signature)$/i;

const SECRET_IN_TEXT: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Key|Bearer|Basic)\s+[\w.~+/=:-]{8,}/gi, "$1 [hidden]"],
  [/\bdata:([\w.+/-]{0,100})[;,][^\s"'<>]*/gi, "data:$1,[left out]"],
  [
    /([?&](?:fal_jwt_token|token|signature|sig|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^&\s"'<>]+/gi,
    "$1[hidden]",
  ],
  // A key of ours: uuid:secret.
  [/\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):[\w-]{16,}/gi, "$1:[hidden]"],
  // user:password@ of a URL.
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, "$1:[hidden]@"],
];

/** A text without what nobody may read in a log: keys, tokens, passwords of URLs, and the content of data URIs. */
export function withoutSecrets(text: string): string {
  // Cut before the patterns look at it: they need not read megabytes.
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return SECRET_IN_TEXT.reduce((clean, [pattern, to]) => clean.replace(pattern, to), cut);
}

/**
 * Makes the log of a process: one JSON object per line, with the time in ISO 8601 and the level as a word.
 *
 * Secrets do not reach it, wherever in a line they stand.
 *
 * @param destination - where the lines go. @defaultValue standard output
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    // Errors have been made plain by then.
    serializers: { err: (error: unknown) => error },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (line: Record<string, unknown>) => clean(line, 0) as Record<string, unknown>,
    },
    hooks: {
      logMethod(args, method) {
        const [first, message] = args as readonly unknown[];
        // pino would take the message out of the error by itself, as it is.
        const whole = first instanceof Error && message === undefined ? [first, first.message] : args;
        const texts = whole.map((arg: unknown) => (typeof arg === "string" ? withoutSecrets(arg) : arg));
        method.apply(this, texts as typeof args);
      },
    },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  // Children inherit this. pino asks no formatter about what they are made with.
  const { child } = logger;
  logger.child = function (this: Logger, bindings: object, ...rest: never[]) {
    return child.call(this, clean(bindings, 0) as object, ...rest);
  } as typeof child;
  return logger;
}

/** The same value with secrets hidden and long things shortened. Never throws, whatever it is given. */
function clean(value: unknown, depth: number): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "[…]";
  if (value instanceof Error) return clean({ ...stdSerializers.err(value) }, depth + 1);
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ITEMS).map((item) => clean(item, depth + 1));
    return value.length > MAX_ITEMS ? [...shown, `… (${value.length})`] : shown;
  }
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    SECRET_NAME.test(name) && item !== null && item !== undefined ? "[hidden]" : clean(item, depth + 1),
  ]);
  return Object.fromEntries(entries);
}
