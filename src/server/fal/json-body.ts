import { BadRequestError, InputError } from "../../shared/errors.js";

/** A request is one flat object with a few files in it; this is far beyond, and far below what fills a memory. */
const MOST_SEPARATORS = 20_000;
const DEEPEST = 64;
/** What is left of a body when its files are taken out: a script has at most 5,000 characters. */
const LARGEST_WITHOUT_FILES = 2 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads JSON from outside, whatever its content type said.
 *
 * Its structure is counted before it is built: 140 MB of brackets would become gigabytes of arrays and end the process.
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
  checkStructure(bytes);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("It is not UTF-8 text", 0);
  }
  try {
    return JSON.parse(text);
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

function checkStructure(bytes: Uint8Array): void {
  let depth = 0;
  let separators = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i = endOfString(bytes, i + 1);
        break;
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
}

/** Where the quote stands that ends a string. Long strings of base64 are passed in one leap. */
function endOfString(bytes: Uint8Array, start: number): number {
  const quote = bytes.indexOf(QUOTE, start);
  if (quote < 0) return bytes.length;
  if (bytes[quote - 1] !== BACKSLASH) return quote;
  for (let i = start; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i;
  }
  return bytes.length;
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
