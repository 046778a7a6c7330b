export type { CaptionLine, Captions, CaptionWord, Cue } from "./captions.js";
export { loadSkia } from "./drawing/skia.js";
export { type CaptionDrawing, withCaptions } from "./drawing/with-captions.js";
export { drawableCaptions } from "./fonts/drawable-captions.js";
export { makeCaptions, type SpokenTimeline } from "./make-captions.js";
export { toSrt, toVtt, type VttOptions } from "./subtitles.js";
