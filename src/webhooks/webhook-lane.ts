import { type Board, WEBHOOK_QUEUE, type WebhookJob } from "./webhook-queue.js";

/** A job that was fetched: id and number of the fetch say whose it is. */
export type FetchedJob = { readonly id: string; readonly retryCount: number; readonly data: WebhookJob };

/** Takes attempts out of the queue, so many at a time. */
export interface WebhookLane {
  /** Looks for due attempts as long as there are places. */
  look(): void;
  /** Takes no more. Resolves when all that was taken is done. */
  close(): Promise<void>;
}

/** Attempts at the same time in one lane: they wait for answers, and cost little. */
const LANE_SIZE = 32;
/** Of these, to one host: so that one that hangs leaves places for the others. */
const PER_HOST = 4;

/** A lane for the jobs of some priorities. */
export function createWebhookLane(options: {
  readonly board: Pick<Board, "fetch">;
  readonly priorities: { readonly minPriority: number } | { readonly maxPriority: number };
  readonly work: (job: FetchedJob) => Promise<void>;
  readonly onError: (error: unknown) => void;
}): WebhookLane {
  const { board, priorities, work, onError } = options;
  const hosts = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let active = 0;
  let isClosed = false;
  let isLooking = false;
  let looksAgain = false;

  function track(task: Promise<void>): void {
    const guarded = task.catch(onError).finally(() => underWay.delete(guarded));
    underWay.add(guarded);
  }

  const hasPlace = () => !isClosed && active < LANE_SIZE;

  /** One job at a time, so that no host gets more than its share. */
  async function fill(): Promise<void> {
    looksAgain = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (looksAgain && hasPlace()) {
        looksAgain = false;
        while (hasPlace() && (await takeOne())) {}
      }
    } finally {
      isLooking = false;
    }
  }

  async function takeOne(): Promise<boolean> {
    const busy = [...hosts].filter(([, count]) => count >= PER_HOST).map(([host]) => host);
    const [job] = await board.fetch<WebhookJob>(WEBHOOK_QUEUE, {
      ...priorities,
      ...(busy.length > 0 ? { ignoreGroups: busy } : {}),
    });
    if (job === undefined) return false;
    track(occupy(job.groupId ?? "-", job));
    return true;
  }

  async function occupy(host: string, job: FetchedJob): Promise<void> {
    active++;
    hosts.set(host, (hosts.get(host) ?? 0) + 1);
    try {
      await work(job);
    } finally {
      active--;
      const left = hosts.get(host)! - 1;
      if (left === 0) hosts.delete(host);
      else hosts.set(host, left);
      if (!isClosed) track(fill());
    }
  }

  return {
    look: () => track(fill()),
    async close() {
      isClosed = true;
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
