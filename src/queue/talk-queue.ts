import type { FileLifecycle } from "../files/index.js";
import type { TalkOutput } from "../pipeline/index.js";
import type { LiveFormat } from "../request/index.js";

/** The three states that callers see. */
export const REQUEST_STATES = ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"] as const;
/** One of the {@link REQUEST_STATES}. */
export type RequestState = (typeof REQUEST_STATES)[number];

/** A request as it is handed in. */
export type Submission = {
  readonly keyId: string;
  readonly authMethod: string;
  readonly endpoint: string;
  /** The JSON body as sent. Whether it makes sense is found out when it is worked on, as fal does. */
  readonly body: unknown;
  /** SHA-256 of the bytes that were sent, to recognise a second sending; without it, of `body` (long data URIs are new names each time). */
  readonly bodyHash?: Uint8Array;
  /** The caller waits on the line: counts against the key's limit instead of waiting. */
  readonly isSync: boolean;
  readonly priority: "normal" | "low";
  /** Seconds from now until the work must have begun; null: whenever. */
  readonly startTimeout: number | null;
  readonly webhookUrl: string | null;
  /** Refused with 429 when more than this many wait already. */
  readonly maxQueueLength: number | null;
  readonly storesPayloads: boolean;
  readonly mayRetry: boolean;
  readonly fileLifecycle: FileLifecycle | null;
  /** Public address for the URLs of generated files in the webhook. */
  readonly fileBase: string;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly runnerHint: string | null;
  /** Container in which the body asks for a video that can be played while it is made; null: in none. */
  readonly liveFormat: LiveFormat | null;
};

/** What can be told about a request at one moment. */
export type RequestSnapshot = {
  readonly id: string;
  readonly keyId: string;
  readonly endpoint: string;
  readonly state: RequestState;
  /** How many are ahead; null unless `IN_QUEUE`. */
  readonly queuePosition: number | null;
  /** `[0, 1]`. */
  readonly progress: number;
  /** Null until `COMPLETED`. */
  readonly outcome: "ok" | "error" | "cancelled" | null;
  /** Seconds of work on it; null until it began. */
  readonly inferenceSeconds: number | null;
  /** What went wrong, for the status; null when nothing did. */
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly runnerId: string | null;
  /** Counted from 1; 0 before the first. */
  readonly attempt: number;
  /** Container of the video that can be played while it is made; null: it cannot. */
  readonly liveFormat: LiveFormat | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
};

/** What a finished request gave. File URLs are still `parlante-file:<file id>`. */
export type RequestResult =
  | { readonly outcome: "ok"; readonly output: TalkOutput; readonly billableUnits: number }
  | {
      readonly outcome: "error" | "cancelled";
      readonly statusCode: number;
      /** The whole body of the answer, `{detail: …}`. */
      readonly body: Readonly<Record<string, unknown>>;
      readonly errorType: string;
    };

/** One line that a running request wrote. */
export type LogLine = {
  /** Grows from line to line of a request. */
  readonly sequence: number;
  readonly message: string;
  readonly level: "STDERR" | "STDOUT" | "ERROR" | "INFO" | "WARN" | "DEBUG";
  readonly source: string;
  readonly timestamp: Date;
};

/** What the server needs of the queue. */
export interface TalkQueue {
  /**
   * Takes a request in: when this resolves, it is safe on disk.
   *
   * @throws {@link CapacityError} `concurrent_requests_limit` for a sync request beyond the key's limit,
   *   `queue_full` beyond `maxQueueLength`
   */
  submit(submission: Submission): Promise<RequestSnapshot>;
  /**
   * A sync request of the same key with the same body whose caller has gone while it was worked on, taken over.
   *
   * @returns its id, or null when there is none
   */
  adopt(submission: Submission): Promise<string | null>;
  /** @returns null when there is no such request, or it belongs to another key. Cheap: answered from memory. */
  snapshot(id: string, keyId: string): Promise<RequestSnapshot | null>;
  /**
   * What a request gave. That of a sync request which does not store payloads is forgotten a moment after it was read.
   *
   * @returns null while it is not `COMPLETED`
   * @throws {@link NotFoundError} when the payload has been forgotten, there is no such request, or it is another key's
   */
  result(id: string, keyId: string): Promise<RequestResult | null>;
  /** Lines after the given sequence number (0: all), in order. */
  logs(id: string, after: number): Promise<readonly LogLine[]>;
  /** Calls back at every change of state, progress or logs, until the returned function is called. */
  watch(id: string, onChange: () => void): () => void;
  /**
   * Ends a request: out of the queue, or stopped within 200 ms. It is `COMPLETED` when this resolves.
   *
   * @param reason - `client_cancelled`, or `client_disconnected` when a sync caller went away
   */
  cancel(
    id: string,
    keyId: string,
    reason: "client_cancelled" | "client_disconnected",
  ): Promise<"cancelled" | "already-completed" | "not-found">;
  /** Marks a sync request as left by its caller; it is cancelled unless adopted within the grace period. */
  abandon(id: string): Promise<void>;
  /** For `/readyz` and metrics. */
  load(): Promise<{ queued: number; running: number; oldestQueuedSeconds: number }>;
  close(): Promise<void>;
}
