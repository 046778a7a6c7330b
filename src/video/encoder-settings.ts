/**
 * Speed settings of the H.264 encoder. `tuned` gives the size and likeness of x264's `veryfast` for about a
 * quarter less work; the others exist to measure against.
 */
export type EncoderPreset = "tuned" | "ultrafast" | "superfast" | "veryfast" | "faster" | "medium";

/**
 * Constant rate factor of x264. A head that moves costs its skin's texture first: of the fine detail of drawn frames, 48 %
 * is left at 20 and about 63 % here (720p, measured); it takes no longer, only about three times the bytes, some 2.5 Mbit/s.
 */
export const DEFAULT_CRF = 15;

/** Seconds between two key frames: how exactly a player can seek. */
export const KEYFRAME_SECONDS = 2;

/** Bits per second of the sound. */
export const AUDIO_BIT_RATE = 128_000;

/** Options of libx264, by FFmpeg's names. */
export function x264Options(preset: EncoderPreset, crf: number): Readonly<Record<string, string>> {
  const common = { crf: String(crf), profile: "high" };
  if (preset !== "tuned") return { ...common, preset };
  return {
    ...common,
    preset: "superfast",
    // superfast has no macroblock tree; with a short lookahead it halves the size of pictures that mostly
    // stand still. Scene cuts and adaptive B-frames cannot pay here: a portrait has one scene. Nor can deciding
    // frame types on a thread of its own, as there is little to decide; its queue would hold four frames more.
    "x264-params": "mbtree=1:rc-lookahead=10:scenecut=0:b-adapt=0:sync-lookahead=0",
  };
}
