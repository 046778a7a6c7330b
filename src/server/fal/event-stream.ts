import { pullStream } from "./pull-stream.js";

/** Stands between proxies and their wish to collect or compress. */
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** A comment, which clients pass over: the line is alive. */
export const KEEP_ALIVE = ": keep-alive\n\n";
/** How often it is sent when there is nothing to tell. */
export const KEEP_ALIVE_MS = 15_000;

/** One unnamed event. */
export function formatEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** What a stream of events is made of. */
export type EventSource = {
  /** Makes the pieces; its signal fires when the reader goes. What it throws breaks the connection. */
  readonly write: (signal: AbortSignal) => AsyncGenerator<string>;
  /** Fires when the caller goes away. */
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  /** Called once, however the stream ends, even when nobody began to read it. */
  readonly onEnd?: () => void;
};

/** Answers with server-sent events. */
export function eventStream({ write, headers, ...source }: EventSource): Response {
  const encoder = new TextEncoder();
  async function* encoded(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of write(signal)) yield encoder.encode(piece);
  }
  const body = pullStream({ ...source, write: encoded });
  return new Response(body, { headers: { ...HEADERS, ...headers } });
}
