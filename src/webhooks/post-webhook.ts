import { Agent, type Dispatcher, request } from "undici";
import { guardedLookup, PrivateAddressError } from "../shared/address-guard.js";
import { ParlanteError } from "../shared/errors.js";
import { checkWebhookUrl } from "./webhook-url.js";

/** How one attempt ended. */
export type Attempt = {
  /** Null: no answer. */
  readonly statusCode: number | null;
  /** What went wrong; null when it was delivered. */
  readonly error: string | null;
  readonly seconds: number;
  /** `retry`: another attempt may go better. */
  readonly verdict: "delivered" | "retry" | "failed";
};

/** What is sent. */
export type Post = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Seconds for everything: name, connection, answer. */
  readonly timeout: number;
  readonly signal: AbortSignal;
};

/** Sends webhooks, each over a connection of its own. */
export interface Poster {
  /** One attempt; rejects only when its signal fires. */
  post(post: Post): Promise<Attempt>;
  close(): Promise<void>;
}

/** What is read of an answer, and for how long: enough for a receiver to finish its sentence. */
const MAX_ANSWER_BYTES = 4096;
const ANSWER_SECONDS = 1;
const MAX_CONNECT_SECONDS = 10;

/** A poster that reaches only the public internet, unless `allowsPrivate`. */
export function createPoster(allowsPrivate: boolean): Poster {
  const agent = new Agent({
    connect: {
      timeout: MAX_CONNECT_SECONDS * 1000,
      // The name is judged by the socket itself: what was checked is what is dialled.
      ...(allowsPrivate ? {} : { lookup: guardedLookup }),
    },
    // No connection is used twice: receivers are many and seldom, and an old connection may be dead.
    pipelining: 0,
  });
  return {
    async post(post) {
      const startedAt = performance.now();
      const seconds = () => (performance.now() - startedAt) / 1000;
      const deadline = AbortSignal.timeout(post.timeout * 1000);
      try {
        const url = checkWebhookUrl(post.url, allowsPrivate);
        const { statusCode, body } = await request(url, {
          dispatcher: agent,
          method: "POST",
          headers: post.headers,
          body: post.body,
          signal: AbortSignal.any([post.signal, deadline]),
          headersTimeout: post.timeout * 1000,
        });
        const answeredAfter = seconds();
        await readALittle(body);
        return { statusCode, ...judge(statusCode), seconds: answeredAfter };
      } catch (error) {
        if (post.signal.aborted) throw error;
        return { statusCode: null, ...explain(error, deadline.aborted, post.timeout), seconds: seconds() };
      }
    },
    close: () => agent.destroy(),
  };
}

type Judgement = Pick<Attempt, "verdict" | "error">;

function judge(statusCode: number): Judgement {
  if (statusCode >= 200 && statusCode < 300) return { verdict: "delivered", error: null };
  if (statusCode >= 300 && statusCode < 400)
    return {
      verdict: "failed",
      error: `The receiver redirects (${statusCode}). Redirects are not followed; give the final address.`,
    };
  return { verdict: "retry", error: `The receiver answered ${statusCode}.` };
}

/** The status is known by now, so nothing that happens here matters. */
async function readALittle(body: Dispatcher.ResponseData["body"]): Promise<void> {
  const timer = setTimeout(() => body.destroy(), ANSWER_SECONDS * 1000);
  body.on("error", () => {});
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) break;
    }
  } catch {
    // A connection that breaks after the status.
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "The host name does not exist.",
  EAI_AGAIN: "The host name cannot be resolved at the moment.",
  ECONNREFUSED: "The host refuses the connection.",
  ECONNRESET: "The host broke the connection.",
  EHOSTUNREACH: "The host cannot be reached.",
  ENETUNREACH: "The network cannot be reached.",
  UND_ERR_CONNECT_TIMEOUT: "The host did not accept the connection in time.",
  UND_ERR_SOCKET: "The host broke the connection.",
  UND_ERR_HEADERS_OVERFLOW: "The receiver sends too long headers.",
};

function explain(error: unknown, isLate: boolean, timeout: number): Judgement {
  if (error instanceof ParlanteError) return { verdict: "failed", error: error.message };
  if (error instanceof PrivateAddressError)
    return { verdict: "failed", error: "The webhook address is not on the public internet." };
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (isLate || code === "UND_ERR_HEADERS_TIMEOUT")
    return { verdict: "retry", error: `The receiver did not answer within ${timeout} s.` };
  const name = error instanceof Error ? error.name : "unknown";
  return { verdict: "retry", error: REASONS[code] ?? `The connection failed (${code || name}).` };
}
