/**
 * Speed settings of the H.264 encoder. `tuned` gives the size and quality of x264's `veryfast` for about a
 * quarter less work; the others exist to measure against.
 */
export const ENCODER_PRESETS = ["tuned", "ultrafast", "superfast", "veryfast", "faster", "medium"] as const;
export type EncoderPreset = (typeof ENCODER_PRESETS)[number];
