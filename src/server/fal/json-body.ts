import { isAscii } from "node:buffer";
import { randomUUID } from "node:crypto";
import { BadRequestError, InputError } from "../../shared/errors.js";

/** A request is one flat object with a few files in it; this is far beyond, and far below what fills a memory. */
const MOST_SEPARATORS = 20_000;
const DEEPEST = 64;
/** What is left of a body when its files are taken out: a script has at most 5,000 characters. */
const LARGEST_WITHOUT_FILES = 2 * 1024 * 1024;

/** Characters from which on a text is likely to be a file. */
const LONG_TEXT = 64 * 1024;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Reads JSON from outside, whatever its content type said.
 *
 * Its structure is counted before it is built: 140 MB of brackets would become gigabytes of arrays and end the process.
 * Files in it are not parsed but copied, once, so that others wait for tens and not for hundreds of milliseconds.
 *
 * @throws {@link InputError} `missing` without a body, `json_invalid` when it is not JSON
 * @throws {@link BadRequestError} 413 when it is nested or divided beyond any request
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) {
    throw new InputError(
      "missing",
      'Field required: the request has no body. Send the input as JSON, such as {"image_url": "https://…"}.',
    );
  }
  const { rest, texts } = liftTexts(bytes, findLongTexts(bytes));
  let json: string;
  try {
    json = new TextDecoder("utf-8", { fatal: true }).decode(rest);
  } catch {
    throw invalid("It is not UTF-8 text", 0);
  }
  try {
    if (texts.size === 0) return JSON.parse(json);
    return JSON.parse(json, (_key, value) =>
      typeof value === "string" ? (texts.get(value) ?? value) : value,
    );
  } catch (error) {
    const reason = (error as SyntaxError).message;
    throw invalid(reason.slice(0, 200), Number(/position (\d+)/.exec(reason)?.[1] ?? 0));
  }
}

function invalid(reason: string, position: number): InputError {
  return new InputError("json_invalid", `JSON decode error: ${reason}.`, {
    field: [position],
    context: { error: reason },
  });
}

/** Where a text stands between its quotes, `[start, end)`. */
type Span = { readonly start: number; readonly end: number };

/** Goes through the structure, refuses too much of it, and notes the texts that are likely to be files. */
function findLongTexts(bytes: Uint8Array): Span[] {
  const found: Span[] = [];
  let depth = 0;
  let separators = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE: {
        const start = i + 1;
        i = endOfText(bytes, start);
        if (i - start >= LONG_TEXT) found.push({ start, end: i });
        break;
      }
      case 0x5b: // [
      case 0x7b: // {
        separators++;
        depth++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        separators++;
        break;
    }
    if (depth > DEEPEST || separators > MOST_SEPARATORS) {
      throw new BadRequestError(
        `The body is nested deeper than ${DEEPEST} levels or has more than ${MOST_SEPARATORS} values; a request is one object with a few fields.`,
        { context: { max_depth: DEEPEST, max_values: MOST_SEPARATORS } },
        "request_too_large",
        413,
      );
    }
  }
  return found;
}

/** Where the quote stands that ends a text. Long texts of base64 are passed in one leap. */
function endOfText(bytes: Uint8Array, start: number): number {
  const quote = bytes.indexOf(QUOTE, start);
  if (quote < 0) return bytes.length;
  if (bytes[quote - 1] !== BACKSLASH) return quote;
  for (let i = start; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i;
  }
  return bytes.length;
}

/** Puts marks in the places of long plain texts. */
function liftTexts(
  bytes: Uint8Array,
  found: readonly Span[],
): { rest: Uint8Array; texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const pieces: Uint8Array[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let taken = 0;
  for (const { start, end } of found) {
    if (!isPlainValue(buffer, start, end)) continue;
    // Nobody can know it, so that no text of the body is taken for it.
    const mark = randomUUID();
    texts.set(mark, buffer.toString("latin1", start, end));
    pieces.push(buffer.subarray(taken, start), Buffer.from(mark));
    taken = end;
  }
  if (taken === 0) return { rest: bytes, texts };
  return { rest: Buffer.concat([...pieces, buffer.subarray(taken)]), texts };
}

/** Whether a text means what it says, without escapes, and is no name of a field. */
function isPlainValue(buffer: Buffer, start: number, end: number): boolean {
  const text = buffer.subarray(start, end);
  if (text.includes(BACKSLASH) || !isAscii(text)) return false;
  let next = end + 1;
  while (buffer[next] === 0x20 || (buffer[next]! >= 0x09 && buffer[next]! <= 0x0d)) next++;
  return buffer[next] !== COLON && next < buffer.length;
}

/**
 * Checks what is left of a body when its files were taken out.
 *
 * @throws {@link BadRequestError} 413 when it is more than any request
 */
export function checkBodySize(body: unknown): void {
  const size = Buffer.byteLength(JSON.stringify(body));
  if (size <= LARGEST_WITHOUT_FILES) return;
  throw new BadRequestError(
    `The request has ${size} bytes without its files; the limit is ${LARGEST_WITHOUT_FILES}. Send photos and recordings as URLs or base64 data: URIs.`,
    { context: { max_size: LARGEST_WITHOUT_FILES } },
    "request_too_large",
    413,
  );
}
