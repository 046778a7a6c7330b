export { type JsonSchema, talkRequestJsonSchema } from "./json-schema.js";
export { type LiveFormat, liveFormatOf, parseTalkRequest } from "./parse-talk-request.js";
export {
  ASPECT_RATIOS,
  type AspectRatio,
  type Background,
  CAPTION_STYLES,
  type CaptionStyle,
  EXTRA_OUTPUT_KEYS,
  EXTRA_OUTPUTS,
  type ExtraOutput,
  OUTPUT_FORMATS,
  type OutputFormat,
  RESOLUTIONS,
  type RequestExtras,
  type Resolution,
  TALKING_STYLES,
  type TalkingStyle,
  type TalkRequest,
} from "./talk-request.js";
