export type { EncoderPreset } from "./encoder-settings.js";
export type { Video } from "./video.js";
