import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV444P10LE,
  AV_PIX_FMT_YUVA420P,
  AV_PIX_FMT_YUVA444P10LE,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  type AVPixelFormat,
  FF_ENCODER_AAC,
  FF_ENCODER_LIBOPUS,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
  FF_ENCODER_PCM_S16LE,
  FF_ENCODER_PRORES_KS,
  type FFAudioEncoder,
  type FFVideoEncoder,
} from "node-av/constants";
import type { OutputFormat } from "../request/index.js";

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

/**
 * How much lower the rate factor is for a film that is watched while it is made. Its encoder looks only four frames ahead,
 * so that the first packet comes after 7 frames and not after 13; at equal size that costs 1 dB (720p, measured).
 */
const LIVE_CRF_STEP = 2;

/**
 * Rate factor of VP9: 1 dB less like the frames than H.264 at {@link DEFAULT_CRF}, for about twice the bytes (5 Mbit/s at 720p,
 * measured), because it has no time to be thrifty. At 20 it takes a third less, but edges of coverage err twice as much.
 */
const VP9_CRF = 12;

/**
 * Quantiser of ProRes. With a fixed one the encoder does not search for the one that meets a rate: a fifth of the work, at
 * about the rate that Apple gives for 4444 (110 Mbit/s at 720p, 57 dB; measured).
 */
const PRORES_QUANTISER = 3;

/** Seconds between two key frames: how exactly a player can seek. */
export const KEYFRAME_SECONDS = 2;

/** What a picture encoder is asked for. */
export type PictureRequest = {
  readonly format: OutputFormat;
  readonly hasAlpha: boolean;
  /** Whether the film is watched while it is made. */
  readonly isLive: boolean;
  readonly preset: EncoderPreset;
  /** Of x264. */
  readonly crf: number;
};

/** How a picture encoder is set up. */
export type PictureSettings = {
  readonly encoder: FFVideoEncoder;
  readonly pixelFormat: AVPixelFormat;
  /** By FFmpeg's names. */
  readonly options: Readonly<Record<string, string>>;
  /** A quantiser for every frame, where one is fixed. */
  readonly quantiser: number | null;
};

/** The settings of a picture encoder. */
export function pictureSettings(request: PictureRequest): PictureSettings {
  const { format, hasAlpha } = request;
  if (format === "webm") {
    return {
      encoder: FF_ENCODER_LIBVPX_VP9,
      pixelFormat: hasAlpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P,
      options: VP9_OPTIONS,
      quantiser: null,
    };
  }
  if (format === "mov") {
    return {
      encoder: FF_ENCODER_PRORES_KS,
      pixelFormat: hasAlpha ? AV_PIX_FMT_YUVA444P10LE : AV_PIX_FMT_YUV444P10LE,
      options: { profile: "4444", vendor: "apl0", alpha_bits: hasAlpha ? "16" : "0" },
      quantiser: PRORES_QUANTISER,
    };
  }
  return {
    encoder: FF_ENCODER_LIBX264,
    pixelFormat: AV_PIX_FMT_YUV420P,
    options: x264Options(request),
    quantiser: null,
  };
}

/**
 * Real time: `good` takes ten times as long for a third less bytes. Below 8, 7 and 6 cost a quarter more work for 3 % less
 * bytes. The coverage is encoded with the same settings, as a second picture.
 */
const VP9_OPTIONS: Readonly<Record<string, string>> = {
  deadline: "realtime",
  "cpu-used": "8",
  "row-mt": "1",
  "tile-columns": "2",
  "lag-in-frames": "0",
  crf: String(VP9_CRF),
};

function x264Options({ preset, crf, isLive }: PictureRequest): Readonly<Record<string, string>> {
  const common = { crf: String(isLive ? Math.max(0, crf - LIVE_CRF_STEP) : crf), profile: "high" };
  if (preset !== "tuned") return { ...common, preset };
  return {
    ...common,
    preset: "superfast",
    // superfast has no macroblock tree; with a short lookahead it halves the size of pictures that mostly
    // stand still. Scene cuts and adaptive B-frames cannot pay here: a portrait has one scene. Nor can deciding
    // frame types on a thread of its own, as there is little to decide; its queue would hold four frames more. Colour
    // is given twice the precision: that brings the mean CIEDE2000 of faces below 1, for a tenth more bytes.
    "x264-params": `chroma-qp-offset=-6:mbtree=1:rc-lookahead=${isLive ? 4 : 10}:scenecut=0:b-adapt=0:sync-lookahead=0`,
  };
}

/** How a sound encoder is set up. */
export type SoundSettings = {
  readonly encoder: FFAudioEncoder;
  readonly sampleFormat: typeof AV_SAMPLE_FMT_FLTP | typeof AV_SAMPLE_FMT_FLT | typeof AV_SAMPLE_FMT_S16;
  /** Bits per second; `null` where nothing is lost. */
  readonly bitRate: number | null;
};

/** Mono sound: AAC, Opus, or for editors the samples themselves. */
export const SOUND_SETTINGS: Readonly<Record<OutputFormat, SoundSettings>> = {
  mp4: { encoder: FF_ENCODER_AAC, sampleFormat: AV_SAMPLE_FMT_FLTP, bitRate: 128_000 },
  webm: { encoder: FF_ENCODER_LIBOPUS, sampleFormat: AV_SAMPLE_FMT_FLT, bitRate: 96_000 },
  mov: { encoder: FF_ENCODER_PCM_S16LE, sampleFormat: AV_SAMPLE_FMT_S16, bitRate: null },
};
