export { createTalkQueue, type TalkQueueOptions } from "./create-talk-queue.js";
export { createLiveVideos, type LivePlace, type LiveVideo, type LiveVideos } from "./live-videos.js";
export type { TalkBoard } from "./talk-board.js";
export type { TalkChildMessage, TalkChildReply, TalkChildSettings } from "./talk-pool/talk-child-messages.js";
export {
  createTalkPool,
  type TalkPool,
  type TalkPoolLog,
  type TalkPoolOptions,
} from "./talk-pool/talk-pool.js";
export type {
  LogLine,
  RequestResult,
  RequestSnapshot,
  RequestState,
  Submission,
  TalkQueue,
} from "./talk-queue.js";
export type { OutcomeFile, TalkEvent, TalkJob, TalkOutcome, TalkRunner } from "./talk-runner.js";
export { createWorker, type Worker, type WorkerOptions } from "./worker/create-worker.js";
export { releaseJobsOf } from "./worker/release-jobs.js";
export type { SettledFile, SettledFiles, WebhookOutbox, WorkerFiles } from "./worker-ports.js";
