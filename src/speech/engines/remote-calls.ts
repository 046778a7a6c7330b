import { CancelledError, DeadlineError, EngineError, throwIfCancelled } from "../../shared/errors.js";

/** A thread or process that answers messages. */
export type Remote<Request, Reply> = {
  send(request: Request): void;
  /** Ends it at once, whatever it does. */
  end(): void;
  /** Calls back for each reply. */
  onReply(listener: (reply: Reply) => void): void;
  /** Calls back when it has ended or cannot go on, with its last words. */
  onEnd(listener: (reason: string) => void): void;
};

type Waiting<Reply> = {
  readonly id: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
};

/** What a caller of a remote needs to know. */
export type RemoteCallerOptions<Request, Reply> = {
  /** Name for messages: "eSpeak NG". */
  readonly name: string;
  readonly start: () => Remote<Request, Reply>;
  /** Longest time for one call. */
  readonly timeLimitMs: number;
};

/**
 * Calls a thread or process, one call after the other. It starts with the first call, can be ended in the middle of
 * one by a signal or the time limit, and starts again with the next.
 */
export class RemoteCaller<Request extends { readonly id: number }, Reply extends { readonly id: number }> {
  readonly #options: RemoteCallerOptions<Request, Reply>;
  #remote: Remote<Request, Reply> | undefined;
  #waiting: Waiting<Reply> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #nextId = 0;

  constructor(options: RemoteCallerOptions<Request, Reply>) {
    this.#options = options;
  }

  /**
   * @throws CancelledError when the signal fires.
   * @throws DeadlineError when the call takes longer than it may.
   * @throws EngineError when the remote ends.
   */
  async call(request: Omit<Request, "id">, signal?: AbortSignal): Promise<Reply> {
    throwIfCancelled(signal);
    const turn = this.#queue.then(() => this.#call(request, signal));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Ends the remote. Calls that wait are cancelled, calls after this refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#fail(new CancelledError("The speech engine was closed."));
    await this.#queue;
  }

  async #call(request: Omit<Request, "id">, signal: AbortSignal | undefined): Promise<Reply> {
    throwIfCancelled(signal);
    const { name, timeLimitMs } = this.#options;
    if (this.#isClosed) throw new EngineError("internal_server_error", `${name} has been closed.`);
    this.#remote ??= this.#start();
    const remote = this.#remote;
    const onAbort = (): void => this.#fail(new CancelledError());
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Reply>((resolve, reject) => {
        const id = this.#nextId++;
        this.#waiting = { id, resolve, reject };
        timer = setTimeout(() => this.#fail(this.#deadline()), timeLimitMs);
        signal?.addEventListener("abort", onAbort, { once: true });
        remote.send({ ...request, id } as Request);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #start(): Remote<Request, Reply> {
    const remote = this.#options.start();
    remote.onReply((reply) => {
      if (this.#waiting?.id !== reply.id) return;
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve(reply);
    });
    remote.onEnd((reason) => {
      if (this.#remote === remote) this.#fail(this.#ended(reason));
    });
    return remote;
  }

  /** Ends the remote: what it was doing is lost, and the next call starts another. */
  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const remote = this.#remote;
    this.#remote = undefined;
    remote?.end();
    waiting?.reject(error);
  }

  #deadline(): DeadlineError {
    const seconds = this.#options.timeLimitMs / 1000;
    return new DeadlineError(
      `${this.#options.name} took longer than ${seconds} s for one sentence. Try a shorter prompt.`,
      {
        field: ["prompt"],
      },
    );
  }

  #ended(reason: string): EngineError {
    return new EngineError("internal_server_error", `${this.#options.name} failed on this text.`, {
      field: ["prompt"],
      context: { stderr: reason.slice(0, 500) },
    });
  }
}
