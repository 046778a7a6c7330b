import type { TransferredError } from "../../shared/error-transfer.js";
import type { TalkEvent, TalkJob, TalkOutcome } from "../talk-runner.js";

/** What a talk child is told when it starts, as JSON in its only argument. */
export type TalkChildSettings = {
  /** The process that started it, and after whose end it must not live on. */
  readonly parentPid: number;
  /** Whether links may lead to private and loopback addresses. */
  readonly allowPrivateHosts: boolean;
  /** Directory of kept analyses; null: nothing is kept. */
  readonly rigCacheDir: string | null;
  /** Directory of the models that were pulled; null: none is used. */
  readonly modelsDir: string | null;
  /** Encoder threads; null: the number of processors. */
  readonly threads: number | null;
};

/** From the pool to a talk child. One talk is under way at a time. */
export type TalkChildMessage =
  | { readonly type: "talk"; readonly talkId: number; readonly job: TalkJob }
  | { readonly type: "cancel"; readonly talkId: number };

/** From a talk child to the pool. */
export type TalkChildReply =
  | { readonly type: "ready" }
  | { readonly type: "event"; readonly talkId: number; readonly event: TalkEvent }
  | { readonly type: "done"; readonly talkId: number; readonly outcome: TalkOutcome }
  | { readonly type: "failed"; readonly talkId: number; readonly error: TransferredError };
