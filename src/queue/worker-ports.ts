import type { Transaction } from "../database/index.js";
import type { FileLifecycle } from "../files/index.js";
import type { TalkOutcome } from "./talk-runner.js";

/** A finished video that lies in the object store and waits for its request to be settled. */
export type SettledFile = {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
};

/** What a worker needs of the server's files. */
export interface WorkerFiles {
  /**
   * Copies those files of the server that a body names into a directory: our own `/files/…` URLs, under whatever host
   * they were used, and `parlante-input:<file id>` of this request.
   *
   * @returns what stands in the body → path of the copy
   */
  fetchInputs(
    request: { readonly id: string; readonly keyId: string; readonly body: unknown },
    directory: string,
    signal: AbortSignal,
  ): Promise<Record<string, string>>;
  /** Puts a finished video into the object store. It is swept away unless {@link recordOutput} follows. */
  storeOutput(
    request: { readonly id: string; readonly keyId: string; readonly lifecycle: FileLifecycle | null },
    outcome: TalkOutcome,
  ): Promise<SettledFile>;
  /** Makes a stored video fetchable, in the transaction that settles the request. */
  recordOutput(transaction: Transaction, file: SettledFile): Promise<void>;
  /** Removes a stored video whose request was settled otherwise meanwhile. */
  discardOutput(file: SettledFile): Promise<void>;
  /** The same value with every `parlante-file:<file id>` as a URL below `base`. */
  withUrls<Value>(value: Value, base: string): Promise<Value>;
}

/** What a worker needs of the webhooks. */
export interface WebhookOutbox {
  /**
   * Promises a delivery, in the transaction that settles the request.
   *
   * @param body - the JSON to be sent: `{request_id, gateway_request_id, status, error, payload}`
   */
  enqueue(
    transaction: Transaction,
    delivery: {
      readonly requestId: string;
      readonly keyId: string;
      readonly url: string;
      readonly body: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
}
