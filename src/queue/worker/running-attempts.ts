import type { Logger } from "pino";
import { settledIds, TALKS, type TalkBoard } from "../talk-board.js";
import type { Claim } from "./claim.js";
import type { StopReason } from "./run-attempt.js";

/** Requests ended from outside that are remembered, in case that their claim is still on its way to us. */
const REMEMBERED_CANCELS = 1_000;

/** The attempts that a worker makes at this moment. */
export type RunningAttempts = {
  readonly size: number;
  /** Runs one; it stands here until it has ended. */
  add(claim: Claim, run: (signal: AbortSignal) => Promise<void>): void;
  /** A request is no longer wanted. */
  cancel(requestId: string): void;
  /** Says that all still run, and stops those that are no longer ours. Never rejects. */
  beat(): Promise<void>;
  stopAll(reason: StopReason): void;
  /** Resolves when those that run now have ended. */
  ended(): Promise<void>;
};

type Running = { readonly claim: Claim; readonly abort: AbortController; ended: Promise<void> };

/**
 * @param onEnd - called after each attempt, when there is room for another
 */
export function trackAttempts(board: TalkBoard, logger: Logger, onEnd: () => void): RunningAttempts {
  const running = new Set<Running>();
  const cancelled = new Set<string>();

  async function beat() {
    const entries = [...running];
    if (entries.length === 0) return;
    const attempts = entries.map(({ claim }) => claim.attempt);
    const ours = new Set(settledIds(await board.touch(TALKS, attempts)));
    for (const { claim, abort } of entries) if (!ours.has(claim.attempt.id)) abort.abort("lost");
  }

  return {
    get size() {
      return running.size;
    },
    add(claim, run) {
      const { id } = claim.attempt;
      const abort = new AbortController();
      const entry: Running = { claim, abort, ended: Promise.resolve() };
      // An earlier attempt of ours at the same request was given up without our noticing.
      for (const other of running) if (other.claim.attempt.id === id) other.abort.abort("lost");
      running.add(entry);
      if (cancelled.has(id)) abort.abort("cancelled");
      entry.ended = run(abort.signal)
        .catch((error: unknown) =>
          // Without its heartbeat the job goes to another worker.
          logger.error({ err: error, request_id: id }, "an attempt could not be concluded"),
        )
        .finally(() => {
          running.delete(entry);
          onEnd();
        });
    },
    cancel(requestId) {
      cancelled.add(requestId);
      if (cancelled.size > REMEMBERED_CANCELS) cancelled.delete(cancelled.keys().next().value!);
      for (const { claim, abort } of running) if (claim.attempt.id === requestId) abort.abort("cancelled");
    },
    beat: () =>
      beat().catch((error: unknown) => logger.warn({ err: error }, "no sign of life could be given")),
    stopAll(reason) {
      for (const { abort } of running) abort.abort(reason);
    },
    async ended() {
      await Promise.all([...running].map(({ ended }) => ended));
    },
  };
}
