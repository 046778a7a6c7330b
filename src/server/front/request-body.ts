import type { IncomingMessage, ServerResponse } from "node:http";
import { BadRequestError, CancelledError, CapacityError } from "../../shared/errors.js";

/** How slowly a body may arrive. Time counts only while somebody waits for more of it. */
export type BodyPace = {
  /** Longest silence, seconds. */
  readonly stall: number;
  /** Slowest rate, bytes per second, once `grace` seconds were spent waiting. */
  readonly rate: number;
  readonly grace: number;
};

/** The body of one request, read once: at once up to a limit, or as a stream. */
export type RequestBody = {
  read(maxBytes: number): Promise<Buffer>;
  stream(): ReadableStream<Uint8Array> | null;
};

/** What a handler may read without saying how much it expects. */
const UNDECLARED_LIMIT = 1024 * 1024;

/** Takes the body of a request from its connection, and keeps watch over size and pace. */
export function takeRequestBody(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  pace: BodyPace,
): RequestBody & { readonly raw: ReadableStream<Uint8Array> | null } {
  const isEmpty = incoming.headers["content-length"] === "0" || !hasBody(incoming);
  let limit = UNDECLARED_LIMIT;
  const chunks = new ChunkReader(incoming, outgoing, pace, () => limit);
  const raw = isEmpty
    ? null
    : new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            const chunk = await chunks.next();
            if (chunk === null) controller.close();
            else controller.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
  return {
    raw,
    stream() {
      limit = Number.POSITIVE_INFINITY;
      return raw;
    },
    async read(maxBytes) {
      if (isEmpty) return Buffer.alloc(0);
      limit = maxBytes;
      const announced = Number(incoming.headers["content-length"] ?? 0);
      if (announced > maxBytes) throw tooLarge(maxBytes);
      const parts: Buffer[] = [];
      for (let part = await chunks.next(); part !== null; part = await chunks.next()) parts.push(part);
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
  };
}

function hasBody(incoming: IncomingMessage): boolean {
  return (
    incoming.headers["content-length"] !== undefined || incoming.headers["transfer-encoding"] !== undefined
  );
}

function tooLarge(maxBytes: number): BadRequestError {
  return new BadRequestError(
    `The body of this request may have at most ${maxBytes} bytes.`,
    { context: { max_size: maxBytes } },
    "file_too_large",
    413,
  );
}

/** Pieces of a body, one after the other. */
class ChunkReader {
  private received = 0;
  private waitedMs = 0;
  private hasContinued = false;

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly outgoing: ServerResponse,
    private readonly pace: BodyPace,
    private readonly limit: () => number,
  ) {}

  /** @returns null after the last one */
  async next(): Promise<Buffer | null> {
    const { incoming } = this;
    this.continueOnce();
    for (;;) {
      const chunk = incoming.read() as Buffer | null;
      if (chunk !== null) {
        this.received += chunk.length;
        if (this.received > this.limit()) throw tooLarge(this.limit());
        return chunk;
      }
      if (incoming.readableEnded) return null;
      if (incoming.destroyed) throw new CancelledError("The connection ended in the middle of the request.");
      await this.wait();
    }
  }

  /** Who asked first whether to send the body is told yes when it is wanted. */
  private continueOnce(): void {
    if (this.hasContinued) return;
    this.hasContinued = true;
    if (/100-continue/i.test(this.incoming.headers.expect ?? "") && !this.outgoing.headersSent)
      this.outgoing.writeContinue();
  }

  private async wait(): Promise<void> {
    const { stall, rate, grace } = this.pace;
    // At most so long that the average does not fall below the rate.
    const budgetMs = (grace + this.received / rate) * 1000 - this.waitedMs;
    const before = performance.now();
    const isIdle = await isSilentFor(this.incoming, Math.min(stall * 1000, budgetMs));
    this.waitedMs += performance.now() - before;
    if (isIdle)
      throw new CapacityError(
        "slow_request",
        `The body of the request came too slowly: it may pause for ${stall} seconds and must bring ${rate} bytes per second. Send it again.`,
        408,
      );
  }
}

const EVENTS = ["readable", "end", "error", "close"] as const;

/** Resolves with true when nothing happened on the stream for so long. */
function isSilentFor(incoming: IncomingMessage, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isSilent: boolean) => {
      clearTimeout(timer);
      for (const event of EVENTS) incoming.off(event, onEvent);
      resolve(isSilent);
    };
    const onEvent = () => settle(false);
    const timer = setTimeout(() => settle(true), Math.max(0, milliseconds));
    for (const event of EVENTS) incoming.on(event, onEvent);
  });
}
