import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createInflate, createUnzip } from "node:zlib";
import { Agent, type Dispatcher, request } from "undici";
import { guardedLookup, isPublicAddress, PrivateAddressError } from "../shared/address-guard.js";
import { CancelledError } from "../shared/errors.js";
import { type AssetLimits, describeSource, downloadError, tooLarge } from "./asset-source.js";

/** Redirects that are followed; more is a loop or a trap. */
const MAX_REDIRECTS = 5;
/** Longest wait for a connection, for the headers, and between two parts of the body. */
const STALL_TIMEOUT_MS = 10_000;

export type DownloadLimits = AssetLimits & {
  /** Longest time for the whole download, with redirects. */
  readonly timeoutMs: number;
  /** Also reach private and loopback addresses: for an operator's own network, and for tests. */
  readonly allowPrivateHosts: boolean;
  readonly signal: AbortSignal | undefined;
};

/**
 * The bytes behind an http(s) URL of a stranger.
 *
 * @throws AssetError `file_download_error` or `file_too_large`
 * @throws {@link CancelledError} when the signal fires
 */
export async function download(url: string, limits: DownloadLimits): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  await downloadInto(url, limits, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

/**
 * Hands on the bytes behind an http(s) URL of a stranger as they come.
 *
 * @param take - is given one part after the other, and waited for
 * @throws AssetError `file_download_error` or `file_too_large`
 * @throws {@link CancelledError} when the signal fires
 */
export async function downloadInto(
  url: string,
  limits: DownloadLimits,
  take: (chunk: Buffer) => void | Promise<void>,
): Promise<void> {
  let refusal: { readonly error: unknown } | null = null;
  const hand = async (chunk: Buffer): Promise<void> => {
    try {
      await take(chunk);
    } catch (error) {
      refusal = { error };
      throw error;
    }
  };
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const signal = limits.signal ? AbortSignal.any([limits.signal, deadline]) : deadline;
  const agent = new Agent({
    connect: {
      timeout: STALL_TIMEOUT_MS,
      ...(limits.allowPrivateHosts ? {} : { lookup: guardedLookup }),
    },
    headersTimeout: STALL_TIMEOUT_MS,
    bodyTimeout: STALL_TIMEOUT_MS,
    pipelining: 0,
  });
  try {
    const response = await followRedirects(url, agent, signal, limits);
    await readBody(response, url, limits, hand);
  } catch (error) {
    // A full disk is not the sender's fault.
    if (refusal !== null) throw (refusal as { readonly error: unknown }).error;
    throw explain(error, url, deadline, limits);
  } finally {
    // Not `close`, which would wait for the rest of a body that nobody wants.
    await agent.destroy();
  }
}

async function followRedirects(
  start: string,
  agent: Agent,
  signal: AbortSignal,
  limits: DownloadLimits,
): Promise<Dispatcher.ResponseData> {
  let url = checkUrl(start, limits);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await request(url, {
      dispatcher: agent,
      signal,
      headers: { accept: "image/*, audio/*, video/*;q=0.8, */*;q=0.5", "accept-encoding": "identity" },
    });
    const location = response.headers.location;
    if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== "string")
      return response;
    response.body.on("error", () => {}).destroy();
    if (!URL.canParse(location, url.href))
      throw downloadError(limits, "The server redirects to something that is no URL.");
    url = checkUrl(new URL(location, url).href, limits);
  }
  throw downloadError(limits, `The link redirects more than ${MAX_REDIRECTS} times. Use the final address.`, {
    input: describeSource(start),
  });
}

/** Scheme, credentials and literal addresses; names are checked when they are resolved. */
function checkUrl(text: string, limits: DownloadLimits): URL {
  const input = describeSource(text);
  if (!URL.canParse(text)) throw downloadError(limits, "This is not a valid URL.", { input });
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw downloadError(limits, `Links of type "${url.protocol}" are not followed. Use http or https.`, {
      input,
    });
  if (url.username !== "" || url.password !== "")
    throw downloadError(limits, "Links with a user name or password are not followed. Use a signed link.");
  const isLiteral = url.hostname.startsWith("[") || /^[\d.]+$/.test(url.hostname);
  if (!limits.allowPrivateHosts && isLiteral && !isPublicAddress(url.hostname))
    throw privateHost(limits, input);
  return url;
}

async function readBody(
  response: Dispatcher.ResponseData,
  url: string,
  limits: DownloadLimits,
  take: (chunk: Buffer) => void | Promise<void>,
): Promise<void> {
  const { statusCode, headers, body } = response;
  const input = describeSource(url);
  if (statusCode !== 200) {
    body.on("error", () => {}).destroy();
    const retryable = statusCode >= 500 || statusCode === 429;
    throw downloadError(limits, `The server answers ${statusCode} for ${input}.`, { input, retryable });
  }
  if (Number(headers["content-length"]) > limits.maxBytes) {
    body.on("error", () => {}).destroy();
    throw tooLarge(limits, input);
  }
  const stream = decompress(body, String(headers["content-encoding"] ?? ""), limits);
  let length = 0;
  // Counted after decompression, so that a small transfer cannot unpack to more than the limit.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limits.maxBytes) throw tooLarge(limits, input);
    await take(chunk);
  }
}

/** We ask for plain bytes, but some servers compress all the same. */
function decompress(body: Readable, encoding: string, limits: DownloadLimits): Readable {
  const decoders = {
    gzip: createUnzip,
    "x-gzip": createUnzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  const name = encoding.trim().toLowerCase();
  if (name === "" || name === "identity") return body;
  const create = decoders[name as keyof typeof decoders];
  if (create === undefined) {
    body.on("error", () => {}).destroy();
    throw downloadError(
      limits,
      "The server uses a compression that is not supported. Send the file as it is.",
    );
  }
  // The callback is needed, but has nothing to do: errors reach whoever reads the decoder.
  return pipeline(body, create(), () => {});
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name does not exist",
  EAI_AGAIN: "the host name cannot be resolved at the moment",
  ECONNREFUSED: "the host refuses the connection",
  ECONNRESET: "the host broke the connection",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: "the host did not answer in time",
  UND_ERR_HEADERS_TIMEOUT: "the host did not answer in time",
  UND_ERR_BODY_TIMEOUT: "the host stopped sending",
  UND_ERR_SOCKET: "the host broke the connection",
  UND_ERR_HEADERS_OVERFLOW: "the host sends too long headers",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the host sent another length than it said",
};
const WORTH_A_RETRY = /EAI_AGAIN|ECONNRESET|TIMEOUT|UND_ERR_SOCKET|MISMATCH/;

function explain(error: unknown, url: string, deadline: AbortSignal, limits: DownloadLimits): unknown {
  const input = describeSource(url);
  if (limits.signal?.aborted) return new CancelledError();
  if (deadline.aborted) {
    const message = `The download took longer than ${limits.timeoutMs / 1000} s. Use a faster host.`;
    return downloadError(limits, message, { input, cause: error, retryable: true });
  }
  if (!(error instanceof Error) || error.name === "AssetError") return error;
  if (error instanceof PrivateAddressError) return privateHost(limits, input);
  const code = "code" in error ? String(error.code) : "";
  const reason = code.startsWith("Z_")
    ? "the compressed transfer is damaged"
    : (REASONS[code] ?? `the connection failed (${code || error.name})`);
  const retryable = WORTH_A_RETRY.test(code);
  return downloadError(limits, `Cannot load ${input}: ${reason}.`, { input, cause: error, retryable });
}

function privateHost(limits: DownloadLimits, input: string) {
  return downloadError(limits, "The link leads to a private address. Use a public one, or a data URI.", {
    input,
  });
}
