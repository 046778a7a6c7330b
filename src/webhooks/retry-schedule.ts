/** Attempts at one delivery, the first included. */
export const MAX_ATTEMPTS = 31;

/** Seconds until the second attempt; doubled from one to the next. */
const FIRST_DELAY = 5;
/** Longest wait between two attempts, seconds. */
const LONGEST_DELAY = 300;
/** Waits vary by so much to either side, so that receivers that come back are not met by all at once. */
const SPREAD = 0.2;

/**
 * Seconds to wait after a failed attempt: 5, 10, 20 … up to 300, each ±20 %; in all about two hours.
 *
 * @param attempt - the one that failed, counted from 1
 * @param random - `[0, 1)`
 * @returns null when it was the last
 */
export function delayAfter(attempt: number, random: number): number | null {
  if (attempt >= MAX_ATTEMPTS) return null;
  const planned = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return Math.max(1, Math.round(planned * (1 - SPREAD + 2 * SPREAD * random)));
}

/** Seconds that a receiver has to answer: 15 at first, 120 once it has shown that it needs more. */
export function timeoutOf(attempt: number): number {
  return attempt === 1 ? 15 : 120;
}
