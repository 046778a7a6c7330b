export type { RenderReport } from "./media-messages.js";
export { type MediaProcess, type MediaProcessOptions, startMediaProcess } from "./media-process.js";
export { talk } from "./talk.js";
export type { TalkDependencies } from "./talk-dependencies.js";
export type { TalkNote } from "./talk-notes.js";
export { TALK_STAGES, type TalkOptions, type TalkProgress, type TalkStage } from "./talk-options.js";
export type {
  OutputFile,
  SpeechTimeline,
  TalkOutput,
  TalkResult,
} from "./talk-result.js";
