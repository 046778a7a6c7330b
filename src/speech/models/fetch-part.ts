import { type Dispatcher, request } from "undici";
import { downloadFailed, withoutQuery, wrongFile } from "./model-errors.js";

const MAX_REDIRECTS = 8;

/** An answer with the bytes of a file from `start` on. */
export type FilePart = {
  /** 0 when the server sends the whole file although a part was asked for. */
  readonly start: number;
  /** With which the rest can be asked for; null when the server gives nothing that can be relied on. */
  readonly validator: string | null;
  readonly body: Dispatcher.ResponseData["body"];
};

/** A server failed in a way that may be over soon. */
export class PassingFailure extends Error {
  override readonly name = "PassingFailure";
  constructor(
    readonly reason: string,
    /** How long the server wants to be left alone, milliseconds. */
    readonly waitMs = 0,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/**
 * Asks for a file, or for the rest of one.
 *
 * Addresses come from the catalogue and what arrives is verified, so the address guard for strangers' links is not
 * needed; but only https is spoken, or http with this machine itself.
 *
 * @param have - bytes that are there already
 * @param validator - the one that came with them; without it nobody could tell whether the rest belongs to them
 * @throws PassingFailure worth another attempt
 * @throws EngineError `model_download_error` when it is not
 */
export async function fetchPart(
  url: string,
  have: number,
  validator: string | null,
  sizeBytes: number,
  options: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal | undefined },
): Promise<FilePart> {
  const wantsRest = have > 0 && validator !== null;
  const headers = {
    "accept-encoding": "identity",
    ...(wantsRest ? { range: `bytes=${have}-`, "if-range": validator } : {}),
  };
  const response = await followRedirects(url, headers, options);
  try {
    const start = startOf(response, wantsRest ? have : 0, url, sizeBytes);
    return { start, validator: validatorOf(response.headers), body: response.body };
  } catch (error) {
    discard(response);
    throw error;
  }
}

async function followRedirects(
  start: string,
  headers: Record<string, string>,
  options: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal | undefined },
): Promise<Dispatcher.ResponseData> {
  let url = checkUrl(start, null);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await request(url, {
      headers,
      dispatcher: options.dispatcher,
      signal: options.signal ?? null,
    });
    const { location } = response.headers;
    if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== "string")
      return response;
    discard(response);
    if (!URL.canParse(location, url.href))
      throw downloadFailed(start, "it redirects to something that is no URL", FROM_CURE);
    url = checkUrl(new URL(location, url).href, url);
  }
  throw downloadFailed(start, `it redirects more than ${MAX_REDIRECTS} times`, FROM_CURE);
}

/** https, or http between us and ourselves. */
function checkUrl(text: string, from: URL | null): URL {
  const url = new URL(text);
  const isHere = isLoopback(url) && (from === null || isLoopback(from));
  if (url.protocol === "https:" || (url.protocol === "http:" && isHere)) return url;
  throw downloadFailed(text, "models are fetched over https only", FROM_CURE);
}

/** Whether an address is this machine's own. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function startOf(response: Dispatcher.ResponseData, have: number, url: string, sizeBytes: number): number {
  const { statusCode, headers } = response;
  const encoding = String(headers["content-encoding"] ?? "identity").toLowerCase();
  if (statusCode === 200 || statusCode === 206) {
    if (encoding !== "identity")
      throw downloadFailed(
        url,
        `the server insists on the compression "${encoding.slice(0, 20)}"`,
        FROM_CURE,
      );
    const length = headers["content-length"] === undefined ? null : Number(headers["content-length"]);
    const start = statusCode === 200 ? 0 : rangeStart(String(headers["content-range"] ?? ""), sizeBytes);
    if (start === null || (start !== 0 && start !== have))
      throw downloadFailed(url, "the server sent another part of the file than was asked for", FROM_CURE);
    if (length !== null && start + length !== sizeBytes && statusCode === 200)
      throw downloadFailed(url, `it has ${length} bytes instead of ${sizeBytes}`, CHANGED_CURE);
    return start;
  }
  throw refusal(response, url);
}

/** The first byte of a part, null when the header makes no sense. */
function rangeStart(header: string, sizeBytes: number): number | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header.trim());
  if (match === null || (match[3] !== "*" && Number(match[3]) !== sizeBytes)) return null;
  return Number(match[1]);
}

function refusal({ statusCode, headers }: Dispatcher.ResponseData, url: string): Error {
  if (statusCode === 404 || statusCode === 410)
    return downloadFailed(url, `the server does not have it any more (${statusCode})`, CHANGED_CURE);
  if (statusCode === 401 || statusCode === 403)
    return downloadFailed(url, `the server does not give it to everybody (${statusCode})`, FROM_CURE);
  // The part asked for begins behind the end: what is there belongs to another version.
  if (statusCode === 416) return wrongFile(withoutQuery(url), "is shorter than it should be", CHANGED_CURE);
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500)
    return new PassingFailure(`the server answers ${statusCode}`, retryAfterMs(headers["retry-after"]));
  return downloadFailed(url, `the server answers ${statusCode}`, FROM_CURE);
}

const MAX_WAIT_MS = 60_000;

function retryAfterMs(header: string | string[] | undefined): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) ? Math.min(MAX_WAIT_MS, Math.max(0, seconds * 1000)) : 0;
}

/** A strong ETag, or else the date of the last change. */
function validatorOf(headers: Dispatcher.ResponseData["headers"]): string | null {
  const { etag } = headers;
  if (typeof etag === "string" && /^"[\x21\x23-\x7e]{1,200}"$/.test(etag)) return etag;
  const modified = headers["last-modified"];
  return typeof modified === "string" && /^[A-Za-z0-9 ,:]{10,40}$/.test(modified) ? modified : null;
}

function discard({ body }: Dispatcher.ResponseData): void {
  body.on("error", () => {}).destroy();
}

const FROM_CURE = "Download the files by other means, then give their directory with --from.";
const CHANGED_CURE =
  "It was moved or changed by its maker: update Parlante, or give a directory with the right files with --from.";

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its host is not found. Is there a network?",
  EAI_AGAIN: "its host cannot be looked up at the moment. Is there a network?",
  ECONNREFUSED: "its host refuses the connection",
  ECONNRESET: "the connection broke",
  EHOSTUNREACH: "its host cannot be reached",
  ENETUNREACH: "there is no network",
  UND_ERR_CONNECT_TIMEOUT: "its host does not answer",
  UND_ERR_HEADERS_TIMEOUT: "its host does not answer",
  UND_ERR_BODY_TIMEOUT: "its host stopped sending",
  UND_ERR_SOCKET: "the connection broke",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection broke",
};

/** What a failed connection means; null when the error has nothing to do with the network. */
export function connectionReason(error: unknown): string | null {
  if (error instanceof PassingFailure) return error.reason;
  if (!(error instanceof Error)) return null;
  const code = "code" in error ? String(error.code) : "";
  if (REASONS[code] !== undefined) return REASONS[code];
  if (/CERT|SSL|TLS/.test(code) || /certificate/i.test(error.message))
    return `its certificate is not trusted (${code})`;
  if (code.startsWith("UND_ERR") || error.message === "terminated" || error.message === "other side closed")
    return "the connection broke";
  return error instanceof AggregateError ? connectionReason(error.errors[0]) : null;
}

/** The end of all attempts. */
export function givenUp(url: string, reason: string, cause: unknown): Error {
  return downloadFailed(
    url,
    reason.replace(/[.?]$/, ""),
    `Pull again later: it goes on where it stopped. Without a network, give a directory that holds ${withoutQuery(url).split("/").at(-1)} with --from.`,
    { retryable: true, cause },
  );
}
