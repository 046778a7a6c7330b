import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_KEY, openQueueBench, type QueueBench, submissionOf } from "../../test/support/queue-bench.js";
import { failureOf, runnerGone } from "./failure.js";
import { releaseAttempt, settleDone, settleFailedAttempt } from "./settlement.js";
import { sweepOnce } from "./sweeps.js";
import { TALKS } from "./talk-board.js";
import type { TalkOutcome } from "./talk-runner.js";
import { openJournal } from "./worker/attempt-journal.js";
import { type Claim, claimNext } from "./worker/claim.js";
import { ignoreStale } from "./worker/release-jobs.js";

let bench: QueueBench;
beforeAll(async () => {
  bench = await openQueueBench();
});
afterAll(() => bench.close());

/** What can happen to a request; the number says which of the attempts so far it happens to. */
const event = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: "claim", attempt: 0 } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom("done", "failed", "released", "handed-back", "logged"),
      attempt: fc.nat(4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("cancel", "sweep", "lost"), attempt: fc.constant(0) }),
  },
);
type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

const outcome: TalkOutcome = {
  path: "/nowhere",
  fileName: "output.mp4",
  contentType: "video/mp4",
  sizeBytes: 1,
  extras: [],
  duration: 1,
  frameCount: 25,
  warnings: [],
  timings: { total: 1 },
};

describe("any sequence of events, also at the same time", () => {
  it("ends in exactly one state, billed at most once", async () => {
    const { database, queue, parts, files } = bench;
    const sweeping = { ...parts, database };

    async function happen(id: string, claims: Claim[], { type, attempt }: Event): Promise<void> {
      if (type === "cancel") return void (await queue.cancel(id, NO_KEY, "client_cancelled"));
      if (type === "sweep") return sweepOnce(sweeping, true);
      if (type === "lost") return void (await parts.board.fail(TALKS, id));
      if (type === "claim") {
        const claim = await database.transaction((transaction) =>
          claimNext(transaction, parts, randomUUID()),
        );
        if (claim !== null) claims.push(claim);
        return;
      }
      const claim = claims[attempt % Math.max(1, claims.length)];
      if (claim === undefined) return;
      if (type === "logged") {
        const journal = openJournal(database, claim, (error) => expect(error).toBeNull());
        journal.note({ type: "log", level: "INFO", message: `attempt ${claim.number}` });
        return journal.flush();
      }
      const [video] =
        type === "done" ? await files.storeOutputs({ id, keyId: NO_KEY, lifecycle: null }, [outcome]) : [];
      await database
        .transaction(async (transaction) => {
          if (video !== undefined) {
            const made = { files: { video, extras: [] }, inferenceSeconds: 1, pricePerSecond: 0.1 };
            const done = { attempt: claim.attempt, outcome, ...made };
            await settleDone(transaction, parts, files, done, {});
          } else if (type === "failed") {
            await settleFailedAttempt(transaction, parts, claim.attempt, failureOf(new Error("bug")));
          } else {
            const isFree = type === "handed-back";
            const options = { note: "again", failure: runnerGone, isFree };
            await releaseAttempt(transaction, parts, claim.attempt, options);
          }
        })
        .catch(ignoreStale);
    }

    const finalRow = async (id: string) => {
      const [row] = await database.query<Record<string, unknown>>(
        "select state, outcome, output, error_body, ended_at, billable_units from requests where id = $1",
        [id],
      );
      return row!;
    };

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        fc.boolean(),
        async (rounds, mayRetry) => {
          const { id } = await queue.submit(submissionOf({ mayRetry, webhookUrl: "https://example.com/" }));
          const claims: Claim[] = [];
          let ended: Record<string, unknown> | null = null;
          for (const round of rounds) {
            await Promise.all(round.map((one) => happen(id, claims, one)));
            const row = await finalRow(id);
            if (ended !== null) expect(row).toEqual(ended);
            if (row.state === "COMPLETED") ended = row;
          }
          for (let step = 0; step < 20 && (await finalRow(id)).state !== "COMPLETED"; step += 1) {
            await happen(id, claims, { type: "claim", attempt: 0 });
            await happen(id, claims, { type: "sweep", attempt: 0 });
            await happen(id, claims, { type: "done", attempt: claims.length - 1 });
          }
          const row = await finalRow(id);
          expect(row.state).toBe("COMPLETED");
          if (ended !== null) expect(row).toEqual(ended);
          const isDone = row.outcome === "ok" ? 1 : 0;
          const [counts] = await database.query<Record<string, number>>(
            `select (select count(*) from ledger where request_id = $1)::int as bills,
               (select count(*) from files where request_id = $1)::int as files,
               (select count(*) from webhook_deliveries where request_id = $1)::int as webhooks`,
            [id],
          );
          expect(counts).toEqual({ bills: isDone, files: isDone, webhooks: 1 });
          // Nothing is left to be fetched.
          expect(await database.transaction((transaction) => claimNext(transaction, parts, id))).toBeNull();
          const [job] = await database.query("select 1 from pgboss.job where id = $1 and state <= 'active'", [
            id,
          ]);
          expect(job).toBeUndefined();
        },
      ),
      { numRuns: 40 },
    );
  });
});
