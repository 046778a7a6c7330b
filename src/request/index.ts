export { type JsonSchema, talkRequestJsonSchema } from "./json-schema.js";
export { parseTalkRequest } from "./parse-talk-request.js";
export {
  ASPECT_RATIOS,
  type AspectRatio,
  type Background,
  RESOLUTIONS,
  type RequestExtras,
  type Resolution,
  TALKING_STYLES,
  type TalkingStyle,
  type TalkRequest,
} from "./talk-request.js";
