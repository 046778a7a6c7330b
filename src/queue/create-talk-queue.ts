import type { Logger } from "pino";
import { CHANNELS, type Database, type Listening } from "../database/index.js";
import type { TalkOutput } from "../pipeline/index.js";
import { NotFoundError } from "../shared/errors.js";
import { cancelledBecause } from "./failure.js";
import { createFreshCache } from "./fresh-cache.js";
import { createLogCache } from "./log-cache.js";
import { SNAPSHOT_COLUMNS, type SnapshotRow, toSnapshot } from "./request-snapshot.js";
import { type Settling, settleFailure } from "./settlement.js";
import { hashOf, LINE_SECONDS, submitTalk } from "./submit.js";
import { startSweeper, stopWork } from "./sweeps.js";
import { prepareTalkBoard, TALKS, type TalkBoard, within } from "./talk-board.js";
import type { RequestResult, RequestSnapshot, Submission, TalkQueue } from "./talk-queue.js";
import type { WebhookOutbox } from "./worker-ports.js";

/** Seconds that a request lives on without its sync caller. */
const GRACE_SECONDS = 10;
const RENEW_LINES_MS = 3_000;
/** Longest time for which a state is served without looking, in case that a notification was missed. */
const TRUST_OPEN_MS = 2_000;
const TRUST_ENDED_MS = 60_000;
const POSITIONS_MS = 100;
const CACHED_REQUESTS = 20_000;
const MOST_NEWCOMERS = 1_000;
/** Start limits longer than this are left to the sweeps. */
const LONGEST_TIMER_MS = 3_600_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What {@link createTalkQueue} needs. */
export type TalkQueueOptions = {
  readonly database: Database;
  /** A started pg-boss on the same database. */
  readonly board: TalkBoard;
  readonly webhooks: WebhookOutbox;
  /** Days for which requests and answers are remembered; those with a result at least for an hour. */
  readonly keepPayloadsDays: number;
  /** New attempts after a crash; without it as another process said. */
  readonly retries?: number;
  readonly logger: Logger;
};

/** The queue as the server sees it. */
export async function createTalkQueue(options: TalkQueueOptions): Promise<TalkQueue> {
  const { database, board, logger } = options;
  await prepareTalkBoard(board, options.retries);
  const sweeper = startSweeper(options);
  const shown = await showRequests(database);
  const lines = keepLines(database, logger);
  const timers = new Set<NodeJS.Timeout>();

  function sweepAfter(seconds: number) {
    const delayMs = seconds * 1_000 + 2;
    if (delayMs > LONGEST_TIMER_MS) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void sweeper.sweep();
    }, delayMs);
    timers.add(timer);
  }

  return {
    async submit(submission) {
      const snapshot = await submitTalk(database, board, submission);
      shown.noteSubmitted(snapshot);
      if (submission.isSync) lines.hold(snapshot.id);
      if (submission.startTimeout !== null) sweepAfter(submission.startTimeout);
      return snapshot;
    },
    async adopt(submission) {
      const id = submission.isSync ? await adoptTwin(database, submission) : null;
      if (id !== null) lines.hold(id);
      return id;
    },
    async abandon(id) {
      lines.release(id);
      await letGo(database, [id]);
    },
    snapshot: shown.snapshot,
    result: (id, keyId) => (UUID.test(id) ? readResult(database, id, keyId) : unknownRequest()),
    logs: async (id, after) => (UUID.test(id) ? shown.logs(id, after) : []),
    watch: shown.watch,
    async cancel(id, keyId, reason) {
      if (!UUID.test(id)) return "not-found";
      const result = await cancelTalk(database, options, id, keyId, reason);
      if (result === "cancelled") {
        lines.release(id);
        shown.changed(id);
      }
      return result;
    },
    load: () => readLoad(database),
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await lines.close();
      await sweeper.close();
      await shown.close();
    },
  };
}

/** Answers about requests from memory, kept right by notifications. */
async function showRequests(database: Database) {
  const watchers = new Map<string, Set<() => void>>();
  const logs = createLogCache(database);
  const rows = createFreshCache<SnapshotRow | null>({
    load: async (id) => {
      const [row] = await database.query<SnapshotRow>(
        `select ${SNAPSHOT_COLUMNS} from requests where id = $1`,
        [id],
      );
      return row ?? null;
    },
    maxAgeMs: (row) => (row === null ? 0 : row.state === "COMPLETED" ? TRUST_ENDED_MS : TRUST_OPEN_MS),
    capacity: CACHED_REQUESTS,
  });
  // Told when submitted, for as long as the positions have not been counted again.
  const newcomers = new Map<string, number>();
  const positions = createFreshCache<ReadonlyMap<string, number>>({
    load: () => readPositions(database),
    maxAgeMs: () => POSITIONS_MS,
    capacity: 1,
  });

  function changed(id: string) {
    rows.forget(id);
    logs.touch(id);
    for (const callBack of [...(watchers.get(id) ?? [])]) callBack();
  }

  function missed() {
    rows.forgetAll();
    logs.touchAll();
    for (const id of [...watchers.keys()]) changed(id);
  }

  const listening: Listening = await database.listen(CHANNELS.changed, changed, missed);

  async function snapshot(id: string, keyId: string) {
    if (!UUID.test(id)) return null;
    let row = await rows.read(id);
    if (row === null || row.key_id !== keyId) return null;
    if (row.state !== "IN_QUEUE") return toSnapshot(row, null);
    const position = await positionOf(id);
    if (position !== null) return toSnapshot(row, position);
    // Begun since, or submitted to another process after the last count: look again.
    rows.forget(id);
    positions.forget("all");
    row = (await rows.read(id)) ?? row;
    return toSnapshot(row, row.state === "IN_QUEUE" ? ((await positionOf(id)) ?? 0) : null);
  }

  async function positionOf(id: string): Promise<number | null> {
    const counted = (await positions.read("all")).get(id);
    if (counted === undefined) return newcomers.get(id) ?? null;
    newcomers.delete(id);
    return counted;
  }

  return {
    snapshot,
    changed,
    noteSubmitted({ id, queuePosition }: RequestSnapshot) {
      newcomers.set(id, queuePosition ?? 0);
      if (newcomers.size > MOST_NEWCOMERS) newcomers.delete(newcomers.keys().next().value!);
    },
    logs: logs.after,
    watch(id: string, onChange: () => void) {
      const callBacks = watchers.get(id) ?? new Set();
      // One function may watch twice: each gets an entry of its own.
      const callBack = () => onChange();
      watchers.set(id, callBacks.add(callBack));
      return () => {
        callBacks.delete(callBack);
        if (callBacks.size === 0 && watchers.get(id) === callBacks) watchers.delete(id);
      };
    },
    close: () => listening.close(),
  };
}

async function readPositions(database: Database): Promise<ReadonlyMap<string, number>> {
  const queued = await database.query<{ id: string }>(
    "select id from requests where state = 'IN_QUEUE' order by priority desc, created_at",
  );
  return new Map(queued.map(({ id }, position) => [id, position]));
}

/** The sync requests whose callers wait at this process. */
function keepLines(database: Database, logger: Logger) {
  const held = new Set<string>();
  let renewing: Promise<void> | null = null;

  async function renew() {
    const ids = [...held];
    const open = await database.query<{ id: string }>(
      `update requests set held_until = now() + interval '${LINE_SECONDS} s'
       where id = any($1::uuid[]) and state <> 'COMPLETED' returning id`,
      [ids],
    );
    const isOpen = new Set(open.map(({ id }) => id));
    for (const id of ids) if (!isOpen.has(id)) held.delete(id);
  }

  const timer = setInterval(() => {
    if (held.size === 0 || renewing !== null) return;
    renewing = renew()
      .catch((error: unknown) => logger.warn({ err: error }, "waiting callers could not be noted"))
      .finally(() => {
        renewing = null;
      });
  }, RENEW_LINES_MS);

  return {
    hold: (id: string) => void held.add(id),
    release: (id: string) => void held.delete(id),
    async close() {
      clearInterval(timer);
      await renewing;
      if (held.size > 0) {
        await letGo(database, [...held]).catch((error: unknown) =>
          logger.warn({ err: error }, "the end of waiting callers could not be noted"),
        );
      }
    },
  };
}

async function letGo(database: Database, ids: readonly string[]): Promise<void> {
  await database.query(
    `update requests set held_until = now() + interval '${GRACE_SECONDS} s'
     where id = any($1::uuid[]) and state <> 'COMPLETED' and held_until is not null`,
    [ids],
  );
}

async function adoptTwin(database: Database, submission: Submission): Promise<string | null> {
  // A line that is held is renewed long before it gets this short.
  const [twin] = await database.query<{ id: string }>(
    `update requests set held_until = now() + interval '${LINE_SECONDS} s'
     where id = (
       select id from requests
       where key_id = $1 and input_hash = $2 and is_sync and state <> 'COMPLETED'
         and held_until <= now() + interval '${GRACE_SECONDS} s'
       order by created_at limit 1 for update skip locked
     ) and state <> 'COMPLETED'
     returning id`,
    [submission.keyId, hashOf(submission)],
  );
  return twin?.id ?? null;
}

async function unknownRequest(): Promise<never> {
  throw new NotFoundError("Request not found");
}

async function readResult(database: Database, id: string, keyId: string): Promise<RequestResult | null> {
  const [row] = await database.query<{
    state: string;
    outcome: RequestResult["outcome"];
    output: TalkOutput | null;
    billable_units: string | null;
    status_code: number;
    error_body: Record<string, unknown> | null;
    error_type: string;
    vanishes: boolean;
  }>(
    `select state, outcome, output, billable_units, status_code, error_body, error_type,
       is_sync and not stores_payloads as vanishes
     from requests where id = $1 and key_id = $2`,
    [id, keyId],
  );
  if (row === undefined) return unknownRequest();
  if (row.state !== "COMPLETED") return null;
  const result = toResult(row);
  if (result === null) throw new NotFoundError("The answer to this request has been forgotten.");
  if (row.vanishes) {
    await database.query(
      "update requests set payloads_expire_at = now() where id = $1 and payloads_expire_at is not null",
      [id],
    );
  }
  return result;
}

function toResult(row: {
  readonly outcome: RequestResult["outcome"];
  readonly output: TalkOutput | null;
  readonly billable_units: string | null;
  readonly status_code: number;
  readonly error_body: Readonly<Record<string, unknown>> | null;
  readonly error_type: string;
}): RequestResult | null {
  const { outcome, output, error_body: body } = row;
  if (outcome === "ok") {
    return output === null ? null : { outcome, output, billableUnits: Number(row.billable_units ?? 0) };
  }
  return body === null ? null : { outcome, statusCode: row.status_code, body, errorType: row.error_type };
}

async function cancelTalk(
  database: Database,
  settling: Settling,
  id: string,
  keyId: string,
  reason: "client_cancelled" | "client_disconnected",
): Promise<"cancelled" | "already-completed" | "not-found"> {
  const [known] = await database.query("select 1 from requests where id = $1 and key_id = $2", [id, keyId]);
  if (known === undefined) return "not-found";
  return database.transaction(async (transaction) => {
    // First the job, then the request: the order in which everybody takes them.
    await settling.board.cancel(TALKS, id, within(transaction));
    const wasOpen = await settleFailure(transaction, settling, id, cancelledBecause(reason));
    if (!wasOpen) return "already-completed";
    await stopWork(transaction, [id]);
    return "cancelled";
  });
}

async function readLoad(database: Database) {
  const [load] = await database.query<{ queued: string; running: string; oldest: number | null }>(
    `select count(*) filter (where state = 'IN_QUEUE') as queued,
       count(*) filter (where state = 'IN_PROGRESS') as running,
       extract(epoch from now() - min(created_at) filter (where state = 'IN_QUEUE'))::float8 as oldest
     from requests where state <> 'COMPLETED'`,
  );
  return {
    queued: Number(load!.queued),
    running: Number(load!.running),
    oldestQueuedSeconds: Math.max(0, load!.oldest ?? 0),
  };
}
