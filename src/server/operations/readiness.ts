import type { Logger } from "pino";
import type { Database } from "../../database/index.js";
import type { TalkQueue } from "../../queue/index.js";

/** What one check found. */
export type CheckResult = {
  readonly ok: boolean;
  /** In words, when it is not well. Nothing that only the operator may know. */
  readonly reason?: string;
  readonly [fact: string]: unknown;
};

/** Whether callers should be sent here. */
export type Readiness = {
  readonly status: "ready" | "not-ready" | "draining";
  readonly checks: Readonly<Record<string, CheckResult>>;
};

/** Where files are kept, as far as readiness goes. */
export type CheckableStore = {
  readonly kind: string;
  check(): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
};

/** What readiness depends on. */
export type ReadinessOptions = {
  readonly database: Database;
  readonly queue: Pick<TalkQueue, "load">;
  readonly store: CheckableStore;
  readonly logger: Logger;
  /** Seconds that only grow. @defaultValue the clock of the process */
  readonly now?: () => number;
};

/** How long one check may take. */
const CHECK_TIMEOUT_MS = 2000;
/** Checking the store writes to it, which may cost money; load balancers ask every second. */
const STORE_CHECK_SECONDS = 15;

/** Checks what this process needs in order to answer, all at once, each within two seconds. */
export function createReadiness(options: ReadinessOptions): { check(): Promise<Readiness>; drain(): void } {
  const { database, queue, store, logger, now = () => performance.now() / 1000 } = options;
  let draining = false;
  let storeCheck: { readonly at: number; readonly result: Promise<CheckResult> } | null = null;
  const failing = new Set<string>();

  const checkStore = (): Promise<CheckResult> => {
    if (storeCheck === null || now() - storeCheck.at > STORE_CHECK_SECONDS) {
      const result = store.check().then((found) => {
        if (found.ok) return { ok: true, kind: store.kind };
        logger.warn({ reason: found.reason }, "the file store is not well");
        return { ok: false, kind: store.kind, reason: "The file store cannot be written to." };
      });
      storeCheck = { at: now(), result };
    }
    return storeCheck.result;
  };
  const checks: Readonly<Record<string, () => Promise<CheckResult>>> = {
    async database() {
      const start = now();
      await database.query("select 1");
      return { ok: true, milliseconds: Math.round((now() - start) * 1000) };
    },
    async migrations() {
      const [row] = await database.query<{ version: number | null }>(
        "select max(version) as version from migrations",
      );
      const version = row?.version ?? 0;
      return version > 0 ? { ok: true, version } : { ok: false, version, reason: "There are no tables yet." };
    },
    async queue() {
      const { queued, running, oldestQueuedSeconds } = await queue.load();
      // A long queue is no reason to turn callers away: they may still submit and ask.
      return { ok: true, queued, running, oldest_queued_seconds: oldestQueuedSeconds };
    },
    files: checkStore,
  };
  const run = async (name: string, check: () => Promise<CheckResult>): Promise<CheckResult> => {
    try {
      const result = await within(CHECK_TIMEOUT_MS, check());
      if (result.ok) failing.delete(name);
      return result;
    } catch (error) {
      // Once per failure, not once per question.
      if (!failing.has(name)) logger.error({ err: error, check: name }, "not ready");
      failing.add(name);
      if (name === "files") storeCheck = null;
      return { ok: false, reason: `No answer to the question about ${name}.` };
    }
  };
  return {
    async check() {
      const results = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await run(name, check)] as const),
      );
      const isWell = results.every(([, { ok }]) => ok);
      return {
        status: draining ? "draining" : isWell ? "ready" : "not-ready",
        checks: Object.fromEntries(results),
      };
    },
    drain() {
      draining = true;
    },
  };
}

/** The result of `work`, or an error when it takes longer; `work` then goes on unheard. */
async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
