import type { LogLine, RequestResult, RequestSnapshot, TalkQueue } from "../../queue/index.js";
import { NotFoundError, ParlanteError } from "../../shared/errors.js";

/** How long the queue may be away while somebody waits for a request: PostgreSQL starts again within seconds. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 500;

/** One request, watched by one caller. */
export type FollowedRequest = {
  /** @throws {@link NotFoundError} when it is gone, or was never this caller's */
  snapshot(): Promise<RequestSnapshot>;
  /** Lines that this method has not returned yet. */
  newLogs(): Promise<readonly LogLine[]>;
  /** Of a request that is `COMPLETED`. */
  result(): Promise<RequestResult>;
  /** Resolves at a change since the last wait, after the time, or when the signal fires. */
  change(timeoutMs: number): Promise<void>;
  /** Makes {@link FollowedRequest.change} resolve, for something else that is waited for. */
  wake(): void;
  close(): void;
};

/**
 * Follows a request until its end, over short absences of the database.
 *
 * Several changes between two waits count as one: whoever is slow sees the newest state and nothing piles up.
 */
export function followRequest(
  queue: TalkQueue,
  { id, keyId }: { readonly id: string; readonly keyId: string },
  signal: AbortSignal,
): FollowedRequest {
  let lastSequence = 0;
  let hasChanged = false;
  let wake = (): void => {};
  const noteChange = (): void => {
    hasChanged = true;
    wake();
  };
  const stopWatching = queue.watch(id, noteChange);
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort);

  async function pause(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = () => {};
  }

  /** Asks again while the failure is one that passes by itself. */
  async function patiently<Answer>(ask: () => Promise<Answer | null>): Promise<Answer> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const answer = await ask();
        if (answer === null) throw new NotFoundError("Request not found");
        return answer;
      } catch (error) {
        const passes = error instanceof ParlanteError && error.retryable && error.status === 503;
        if (!passes || signal.aborted || Date.now() > end) throw error;
        await pause(RETRY_MS);
      }
    }
  }

  return {
    snapshot: () => patiently(() => queue.snapshot(id, keyId)),
    async newLogs() {
      const lines = await patiently(() => queue.logs(id, lastSequence));
      lastSequence = lines.at(-1)?.sequence ?? lastSequence;
      return lines;
    },
    result: () => patiently(() => queue.result(id, keyId)),
    async change(timeoutMs) {
      if (!hasChanged && !signal.aborted) await pause(timeoutMs);
      hasChanged = false;
    },
    wake: noteChange,
    close() {
      stopWatching();
      signal.removeEventListener("abort", onAbort);
    },
  };
}
