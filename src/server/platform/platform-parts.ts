import type { Database } from "../../database/index.js";
import type { WebhookLog } from "../../webhooks/index.js";
import type { FileLinks } from "../fal/answers.js";
import type { PublicBase } from "../public-base.js";

/** What became of one file of a request whose payloads are deleted. */
export type DeletedFile = {
  /** Address under which it was found. */
  readonly link: string;
  /** Why it is still there; null when it is gone. */
  readonly exception: string | null;
};

/** What the surface `platform` is made from. */
export type PlatformParts = {
  readonly database: Database;
  readonly webhooks: WebhookLog;
  readonly files: FileLinks;
  /** US dollars per second of video. */
  readonly pricePerSecond: number;
  /** The OpenAPI document of the model's queue, for a caller. */
  readonly openApi: (base: PublicBase) => unknown;
  /**
   * Deletes the files that a request has made, and those that hold parts of its stored body.
   *
   * @param fileBase - what `/files/…` is appended to in the links of the answer
   */
  readonly deleteOutputs: (requestId: string, fileBase: string) => Promise<readonly DeletedFile[]>;
  /** Networks from which webhooks come, in CIDR notation, where the operator knows them. @defaultValue none */
  readonly webhookIpRanges?: readonly string[];
  readonly version: string;
  /** @defaultValue the clock of this machine */
  readonly now?: () => Date;
};
