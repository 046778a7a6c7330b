/**
 * Parlante: one photo and a sentence in, a lip-synced video out.
 *
 * @packageDocumentation
 */
export { type App, type AppOptions, createApp } from "./app.js";
export type { Framing } from "./frames/index.js";
export type { Performance } from "./performance/index.js";
export {
  TALK_STAGES,
  type TalkOptions,
  type TalkOutput,
  type TalkProgress,
  type TalkResult,
  type TalkStage,
} from "./pipeline/index.js";
export type { Rig } from "./portrait/index.js";
export {
  ASPECT_RATIOS,
  type AspectRatio,
  type Background,
  type JsonSchema,
  parseTalkRequest,
  RESOLUTIONS,
  type RequestExtras,
  type Resolution,
  TALKING_STYLES,
  type TalkingStyle,
  type TalkRequest,
  talkRequestJsonSchema,
} from "./request/index.js";
export {
  AssetError,
  CancelledError,
  DeadlineError,
  EngineError,
  type ErrorDetails,
  type FalErrorDetail,
  InputError,
  ParlanteError,
  toFalDetails,
} from "./shared/errors.js";
export type { Speech } from "./speech/index.js";
export type { Video } from "./video/index.js";
