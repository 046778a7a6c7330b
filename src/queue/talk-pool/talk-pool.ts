import { CancelledError, EngineError, throwIfCancelled } from "../../shared/errors.js";
import type { TalkJob, TalkOutcome, TalkRunner } from "../talk-runner.js";
import { childEnvironment } from "./child-environment.js";
import { TalkChildProcess } from "./talk-child-process.js";

/** Where a pool tells what happens to its processes. */
export type TalkPoolLog = {
  debug(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
};

/** Settings of a {@link TalkPool}. */
export type TalkPoolOptions = {
  /** Program of the processes: `src/app/talk-child.ts`, or what was built from it. */
  readonly entry: URL;
  /** Talks that can run at the same time, at least 1. So many processes are kept. */
  readonly size: number;
  /** Of one talk with its media process. */
  readonly memoryLimitBytes: number;
  /** Seconds for one talk. */
  readonly timeLimit: number;
  /** Whether links of a request may lead to private and loopback addresses. @defaultValue `false` */
  readonly allowPrivateHosts?: boolean;
  /** Directory in which analyses of photos are kept. @defaultValue nothing is kept */
  readonly rigCacheDir?: string;
  /** Directory of the models that were pulled. @defaultValue none is used */
  readonly modelsDir?: string;
  /** Encoder threads of one talk. @defaultValue the number of processors */
  readonly threads?: number;
  /** Environment of this program; the processes get what is harmless of it. @defaultValue nothing */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How much the processes give way to others, `[0, 19]`. @defaultValue 10 */
  readonly niceness?: number;
  /** Talks after which a process is replaced. @defaultValue 200 */
  readonly talksPerChild?: number;
  readonly log?: TalkPoolLog;
};

/** A {@link TalkRunner} of warm processes. */
export interface TalkPool extends TalkRunner {
  /** Resolves when every process has started or failed to. Never throws. */
  ready(): Promise<void>;
}

const DEFAULT_NICENESS = 10;
const DEFAULT_TALKS_PER_CHILD = 200;
/** Share of the memory limit that an idle process may hold; beyond it, the next talk could run into the limit. */
const IDLE_SHARE = 0.75;

/**
 * Starts processes that make videos, and keeps them warm between talks.
 *
 * A process that died, was ended, has grown or has made many videos is replaced. The processes end when this one does,
 * however it ends.
 */
export function createTalkPool(options: TalkPoolOptions): TalkPool {
  if (!(options.size >= 1))
    throw new RangeError(`A talk pool has at least one process, not ${options.size}.`);
  return new ForkedTalkPool(options);
}

type Waiting = { readonly take: (child: TalkChildProcess) => void; readonly fail: (error: Error) => void };

class ForkedTalkPool implements TalkPool {
  readonly #options: TalkPoolOptions;
  /** All that have not ended, also those that are just starting. */
  readonly #children = new Set<TalkChildProcess>();
  readonly #idle: TalkChildProcess[] = [];
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(options: TalkPoolOptions) {
    this.#options = options;
    this.#fill();
  }

  async ready(): Promise<void> {
    await Promise.allSettled([...this.#children].map((child) => child.ready));
  }

  async run(job: TalkJob, callbacks: Parameters<TalkRunner["run"]>[1]): Promise<TalkOutcome> {
    throwIfCancelled(callbacks.signal);
    const child = await this.#acquire(callbacks.signal);
    try {
      return await child.run(job, callbacks);
    } finally {
      void this.#release(child);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { fail } of this.#waiting.splice(0)) fail(closedError());
    await Promise.all([...this.#children].map((child) => Promise.all([child.kill(), child.ended])));
  }

  /** Starts as many processes as are missing. */
  #fill(): void {
    while (!this.#isClosed && this.#children.size < this.#options.size) this.#start();
  }

  #start(): void {
    const { log } = this.#options;
    const start = performance.now();
    const child = new TalkChildProcess(childOptions(this.#options));
    this.#children.add(child);
    void child.ended.then(({ code, signal, lastWords }) => {
      this.#children.delete(child);
      const facts = { pid: child.pid, code, signal, talks: child.talkCount, stderr: lastWords };
      if (!this.#isClosed) log?.debug(facts, "talk child ended");
      // One that dies without work would die again at once: the next talk tries anew.
      if (child.talkCount > 0) this.#fill();
    });
    child.ready.then(
      () => {
        log?.debug({ pid: child.pid, milliseconds: performance.now() - start }, "talk child ready");
        this.#offer(child);
      },
      (error: Error) => {
        if (!this.#isClosed) log?.warn({ err: error }, "talk child could not start");
        this.#waiting[0]?.fail(error);
        if (this.#waiting.length > 0) this.#fill();
      },
    );
  }

  /** A process that is free. */
  #acquire(signal: AbortSignal): Promise<TalkChildProcess> {
    if (this.#isClosed) throw closedError();
    for (let child = this.#idle.pop(); child !== undefined; child = this.#idle.pop())
      if (child.isAlive) return Promise.resolve(child);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        const place = this.#waiting.indexOf(waiting);
        if (place >= 0) this.#waiting.splice(place, 1);
        signal.removeEventListener("abort", cancel);
      };
      const waiting: Waiting = {
        take: (child) => {
          settle();
          resolve(child);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      const cancel = (): void => waiting.fail(new CancelledError());
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiting.push(waiting);
      this.#fill();
    });
  }

  #offer(child: TalkChildProcess): void {
    if (!child.isAlive) return;
    const next = this.#waiting[0];
    if (next) next.take(child);
    else this.#idle.push(child);
  }

  async #release(child: TalkChildProcess): Promise<void> {
    const facts = { pid: child.pid, talks: child.talkCount, largestMemory: child.largestMemory };
    this.#options.log?.debug(facts, "talk child finished a talk");
    if (!child.isAlive) return;
    const { talksPerChild = DEFAULT_TALKS_PER_CHILD, memoryLimitBytes } = this.#options;
    const isWorn = child.talkCount >= talksPerChild || (await child.memory()) > memoryLimitBytes * IDLE_SHARE;
    if (isWorn) void child.kill();
    else this.#offer(child);
  }
}

function childOptions(options: TalkPoolOptions): ConstructorParameters<typeof TalkChildProcess>[0] {
  const { entry, memoryLimitBytes, timeLimit } = options;
  return {
    entry,
    memoryLimitBytes,
    timeLimit,
    niceness: options.niceness ?? DEFAULT_NICENESS,
    environment: childEnvironment(options.environment ?? {}),
    settings: {
      parentPid: process.pid,
      allowPrivateHosts: options.allowPrivateHosts ?? false,
      rigCacheDir: options.rigCacheDir ?? null,
      modelsDir: options.modelsDir ?? null,
      threads: options.threads ?? null,
    },
  };
}

function closedError(): EngineError {
  return new EngineError(
    "runner_disconnected",
    "This worker is stopping. The same request may be sent again.",
  );
}
