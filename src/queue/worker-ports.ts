import type { Transaction } from "../database/index.js";
import type { FileLifecycle } from "../files/index.js";
import type { ExtraOutput } from "../request/index.js";
import type { OutcomeFile } from "./talk-runner.js";

/** A finished file that lies in the object store and waits for its request to be settled. */
export type SettledFile = {
  readonly id: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
};

/** All that a request gave, in the object store. */
export type SettledFiles = {
  readonly video: SettledFile;
  readonly extras: readonly (SettledFile & { readonly output: ExtraOutput })[];
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
  /**
   * Puts finished files into the object store, all or none. They are swept away unless {@link recordOutputs} follows.
   *
   * @returns them in the same order
   */
  storeOutputs(
    request: { readonly id: string; readonly keyId: string; readonly lifecycle: FileLifecycle | null },
    files: readonly OutcomeFile[],
  ): Promise<readonly SettledFile[]>;
  /** Makes stored files fetchable, in the transaction that settles the request. */
  recordOutputs(transaction: Transaction, files: readonly SettledFile[]): Promise<void>;
  /** Removes stored files whose request was settled otherwise meanwhile. */
  discardOutputs(files: readonly SettledFile[]): Promise<void>;
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
