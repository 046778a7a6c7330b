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

/**
 * Answers with server-sent events. The next piece is asked for when the last one was taken, so nothing piles up behind
 * a slow reader.
 */
export function eventStream({ write, signal, headers, onEnd }: EventSource): Response {
  const gone = new AbortController();
  const pieces = write(gone.signal);
  const encoder = new TextEncoder();
  let hasEnded = false;
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    signal.removeEventListener("abort", end);
    gone.abort();
    onEnd?.();
  };
  signal.addEventListener("abort", end);
  if (signal.aborted) end();

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await pieces.next();
          if (piece.done) {
            end();
            controller.close();
          } else {
            controller.enqueue(encoder.encode(piece.value));
          }
        } catch (error) {
          end();
          throw error;
        }
      },
      async cancel() {
        end();
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { ...HEADERS, ...headers } });
}
