import fc from "fast-check";
import { expect, it } from "vitest";
import { delayAfter, MAX_ATTEMPTS } from "./retry-schedule.js";

it("gives up after 31 attempts in about two hours", () => {
  let total = 0;
  let attempt = 1;
  for (let delay = delayAfter(attempt, 0.5); delay !== null; delay = delayAfter(attempt, 0.5)) {
    total += delay;
    attempt++;
  }
  expect(attempt).toBe(MAX_ATTEMPTS);
  expect(total / 3600).toBeGreaterThan(1.9);
  expect(total / 3600).toBeLessThan(2.3);
});

it("waits longer from one attempt to the next, within the spread", () => {
  const attempts = fc.integer({ min: 1, max: MAX_ATTEMPTS - 1 });
  const random = fc.double({ min: 0, max: 0.999999, noNaN: true });
  fc.assert(
    fc.property(attempts, random, (attempt, chance) => {
      const delay = delayAfter(attempt, chance)!;
      const middle = delayAfter(attempt, 0.5)!;
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(Math.round(middle * 0.8));
      expect(delay).toBeLessThanOrEqual(Math.round(middle * 1.2));
      if (attempt > 1) expect(middle).toBeGreaterThanOrEqual(delayAfter(attempt - 1, 0.5)!);
    }),
  );
});
