export type { TalkDependencies } from "./talk-dependencies.js";
export { TALK_STAGES, type TalkOptions, type TalkProgress, type TalkStage } from "./talk-options.js";
export type { TalkOutput, TalkResult } from "./talk-result.js";
