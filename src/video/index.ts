export { type DecodeAudioOptions, type DecodedAudio, decodeAudio } from "./decode-audio.js";
export { decodeHevc } from "./decode-hevc.js";
export { type EncodeTimings, type EncodeVideoOptions, encodeVideo } from "./encode-video.js";
export type { EncoderPreset } from "./encoder-settings.js";
export { PreviewMaker } from "./preview.js";
export { type StillFile, takeStill } from "./still.js";
export type { TextTrackInput } from "./text-track.js";
export type { ExtraFile, MadeFile, Video } from "./video.js";
export { watchFrames } from "./watch-frames.js";
