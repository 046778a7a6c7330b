/**
 * Parlante: one photo and a sentence in, a lip-synced video out.
 *
 * @packageDocumentation
 */
export { type App, type AppOptions, createApp } from "./app/index.js";
export {
  type CaptionLine,
  type Captions,
  type CaptionWord,
  type Cue,
  toSrt,
  toVtt,
  type VttOptions,
} from "./captions/index.js";
export type { Framing } from "./frames/index.js";
export {
  CURVES,
  type CurveName,
  EXPRESSION_NAMES,
  FRAME_RATE,
  type Performance,
  VISEMES,
  type Viseme,
  type VisemeName,
} from "./performance/index.js";
export {
  type OutputFile,
  type RenderReport,
  type SpeechTimeline,
  TALK_STAGES,
  type TalkNote,
  type TalkOptions,
  type TalkOutput,
  type TalkProgress,
  type TalkResult,
  type TalkStage,
} from "./pipeline/index.js";
export type {
  DepthField,
  Eye,
  Mask,
  Matte,
  Mouth,
  Rgb,
  Rig,
  Tones,
} from "./portrait/index.js";
export {
  ASPECT_RATIOS,
  type AspectRatio,
  type Background,
  CAPTION_STYLES,
  type CaptionStyle,
  EXTRA_OUTPUT_KEYS,
  EXTRA_OUTPUTS,
  type ExtraOutput,
  type JsonSchema,
  OUTPUT_FORMATS,
  type OutputFormat,
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
export type { HeadFrame, Vector3 } from "./shared/head-frame.js";
export {
  type Melody,
  type Phoneme,
  SAMPLE_RATE,
  type Sentence,
  type Speech,
  VOICE_NAMES,
  type Word,
} from "./speech/index.js";
export type { EncoderPreset, EncodeTimings, ExtraFile, MadeFile, Video } from "./video/index.js";
