export type { CaptionLine, Captions, CaptionWord, Cue } from "./captions.js";
export { makeCaptions, type SpokenTimeline } from "./make-captions.js";
export { toSrt, toVtt, type VttOptions } from "./subtitles.js";
