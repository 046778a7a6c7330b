export {
  type LogLine,
  REQUEST_STATES,
  type RequestResult,
  type RequestSnapshot,
  type RequestState,
  type Submission,
  type TalkQueue,
} from "./talk-queue.js";
export type { TalkEvent, TalkJob, TalkOutcome, TalkRunner } from "./talk-runner.js";
export type { SettledFile, WebhookOutbox, WorkerFiles } from "./worker-ports.js";
