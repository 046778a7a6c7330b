import { CapacityError, throwIfCancelled } from "../../shared/errors.js";

/**
 * The largest body: photo and recording of 50 MB each as base64 make 140 MB, and there is a little room for the rest.
 * Larger files are uploaded instead.
 */
export const LARGEST_BODY = 140 * 1024 * 1024;

/** Bodies up to this size pass without waiting, so that large ones cannot hold up everybody. */
const SMALL_BODY = 1024 * 1024;
/** Bodies being received; they lie outside the heap of the engine. */
const RECEIVING_BYTES = 4 * LARGEST_BODY;
/** Bodies being read and taken apart; their text lies in the heap, twice. */
const READING_BYTES = LARGEST_BODY;
const LONGEST_WAIT_MS = 60_000;

/** Memory that large bodies share, in the order in which they came. */
export type BodySpace = {
  /**
   * Waits for room, for a body of this size.
   *
   * @param phase - `receive` while bytes come in, `read` while they are parsed and taken apart
   * @returns gives the room back; further calls do nothing
   * @throws {@link CapacityError} 503 when there is none for a minute, {@link CancelledError} when the signal fires
   */
  take(phase: "receive" | "read", bytes: number, signal: AbortSignal): Promise<() => void>;
};

/** Bounds the memory of large bodies in one process. */
export function createBodySpace(): BodySpace {
  const rooms = { receive: createRoom(RECEIVING_BYTES), read: createRoom(READING_BYTES) };
  return {
    async take(phase, bytes, signal) {
      if (bytes <= SMALL_BODY) return () => {};
      return rooms[phase](Math.min(bytes, LARGEST_BODY), signal);
    },
  };
}

type Waiter = { readonly bytes: number; readonly enter: () => void };

function createRoom(capacity: number): (bytes: number, signal: AbortSignal) => Promise<() => void> {
  const waiters: Waiter[] = [];
  let free = capacity;

  const letIn = (): void => {
    while (waiters[0] !== undefined && waiters[0].bytes <= free) {
      const { bytes, enter } = waiters.shift()!;
      free -= bytes;
      enter();
    }
  };
  const leave = (bytes: number): (() => void) => {
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      free += bytes;
      letIn();
    };
  };

  return async (bytes, signal) => {
    throwIfCancelled(signal);
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { bytes, enter: () => finish(resolve) };
      const giveUp = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1);
        // The one that waited first may have held up those behind it.
        finish(reject);
        letIn();
      };
      const timer = setTimeout(giveUp, LONGEST_WAIT_MS);
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        settle();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      waiters.push(waiter);
      letIn();
    }).catch(() => {
      throwIfCancelled(signal);
      throw new CapacityError(
        "server_busy",
        "Too many large requests are coming in. Try again shortly, or upload the files and send their URLs.",
        503,
        { context: { retry_after: 10 } },
      );
    });
    return leave(bytes);
  };
}
