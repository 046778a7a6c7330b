import { AssetError, throwIfCancelled } from "../shared/errors.js";
import { AudioInput, UnreadableAudioError } from "./audio-input.js";
import {
  addStatistics,
  type ChannelStatistics,
  downmixWeights,
  emptyStatistics,
  mixDown,
} from "./downmix.js";
import { MonoResampler } from "./mono-resampler.js";
import type { AudioBlock } from "./planar-converter.js";

/** How sound is to be decoded, and how to speak of it in errors. */
export type DecodeAudioOptions = {
  /** Hertz of the result. */
  readonly sampleRate: number;
  /** Path of the request field that named the file. */
  readonly field: readonly (string | number)[];
  /** The field's value, fit for a message. */
  readonly input: string;
  /** Seconds. @defaultValue 600 */
  readonly maxDuration?: number;
  readonly signal?: AbortSignal;
};

/** Mono sound in `[-1, 1]`. */
export type DecodedAudio = { readonly samples: Float32Array; readonly warnings: readonly string[] };

/** What the message recommends; more is accepted. */
const SUPPORTED_FORMATS = [
  ".wav",
  ".mp3",
  ".m4a",
  ".aac",
  ".flac",
  ".ogg",
  ".opus",
  ".webm",
  ".aiff",
  ".mp4",
];
const MAX_DURATION = 600;
/** Channels beyond these are left out. */
const MAX_CHANNELS = 16;
/** A file that holds less than this share of what its header says was cut short. */
const TRUNCATED_SHARE = 0.9;

/**
 * Decodes a recording of any usual kind to mono.
 *
 * The mix to one channel keeps a voice that is on one channel only, or on two with opposite signs. Values that are
 * not numbers become silence; a recording beyond full scale is turned down. Only what is really there is
 * decoded: a length that the header claims reserves nothing.
 *
 * @throws {@link AssetError} `unsupported_audio_format` when there is no sound that can be decoded,
 * `audio_duration_too_long` beyond `maxDuration`
 * @throws {@link CancelledError} when the signal fires
 */
export async function decodeAudio(bytes: Uint8Array, options: DecodeAudioOptions): Promise<DecodedAudio> {
  const maxDuration = options.maxDuration ?? MAX_DURATION;
  if (bytes.length === 0) throw unsupported("is empty", options);
  try {
    const mix = await planMix(bytes, maxDuration, options);
    const samples = await mixRecording(bytes, mix, maxDuration, options);
    if (samples.length === 0) throw new UnreadableAudioError("has no sound in it");
    return {
      samples: limitPeak(samples),
      warnings: truncationWarnings(samples.length / options.sampleRate, mix),
    };
  } catch (error) {
    if (error instanceof UnreadableAudioError) throw unsupported(error.message, options);
    throw error;
  }
}

/** How a recording is mixed: found out before, as the loudest channel may speak last. */
type Mix = { readonly weights: Float64Array | null; readonly claimedDuration: number | null };

async function planMix(bytes: Uint8Array, maxDuration: number, options: DecodeAudioOptions): Promise<Mix> {
  const input = await AudioInput.open(bytes);
  try {
    const { claimedDuration, isPcm } = input;
    // The claim of a plain WAV file is worth nothing when the file is cut short, and counting is quick there.
    if (!isPcm && (claimedDuration ?? 0) > maxDuration) throw tooLong(claimedDuration, maxDuration, options);
    let statistics: ChannelStatistics | null = null;
    let mask = 0n;
    for await (const { planes, mask: blockMask, sampleRate } of input.blocks()) {
      throwIfCancelled(options.signal);
      // One channel needs no plan, and this pass is not needed at all.
      if (planes.length === 1) return { weights: null, claimedDuration };
      statistics ??= emptyStatistics(Math.min(planes.length, MAX_CHANNELS));
      mask = blockMask;
      if (planes.length < statistics.channels) continue;
      statistics = addStatistics(statistics, planes.slice(0, statistics.channels));
      if (statistics.sampleCount > maxDuration * sampleRate)
        throw tooLong(claimedDuration, maxDuration, options);
    }
    return { weights: statistics && downmixWeights(statistics, mask), claimedDuration };
  } finally {
    await input.close();
  }
}

async function mixRecording(
  bytes: Uint8Array,
  mix: Mix,
  maxDuration: number,
  options: DecodeAudioOptions,
): Promise<Float32Array> {
  const input = await AudioInput.open(bytes);
  const chunks: Float32Array[] = [];
  let length = 0;
  let resampler: MonoResampler | null = null;
  let sampleRate = 0;
  const keep = (chunk: Float32Array): void => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxDuration * options.sampleRate) throw tooLong(mix.claimedDuration, maxDuration, options);
  };
  try {
    for await (const block of input.blocks()) {
      throwIfCancelled(options.signal);
      if (!resampler || block.sampleRate !== sampleRate) {
        // Chained streams may change their rate in the middle.
        if (resampler) keep(resampler.flush());
        resampler?.close();
        sampleRate = block.sampleRate;
        resampler = new MonoResampler(sampleRate, options.sampleRate);
      }
      keep(resampler.convert(toMono(block, mix.weights)));
    }
    if (resampler) keep(resampler.flush());
  } finally {
    resampler?.close();
    await input.close();
  }
  return concatenate(chunks, length);
}

function toMono({ planes }: AudioBlock, weights: Float64Array | null): Float32Array {
  if (planes.length === 1) return planes[0]!;
  if (weights && planes.length >= weights.length) return mixDown(planes.slice(0, weights.length), weights);
  return mixDown(planes, new Float64Array(planes.length).fill(1 / planes.length));
}

function concatenate(chunks: readonly Float32Array[], length: number): Float32Array {
  const all = new Float32Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

/** Turns a recording beyond full scale down as a whole, instead of clipping it. */
function limitPeak(samples: Float32Array): Float32Array {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  if (peak > 1) for (let i = 0; i < samples.length; i++) samples[i]! /= peak;
  return samples;
}

function truncationWarnings(duration: number, { claimedDuration }: Mix): string[] {
  if (claimedDuration === null || duration >= claimedDuration * TRUNCATED_SHARE - 0.1) return [];
  return [
    `The recording is cut short: it should last ${claimedDuration.toFixed(1)} s, ${duration.toFixed(1)} s could be read.`,
  ];
}

function unsupported(why: string, { field, input }: DecodeAudioOptions): AssetError {
  const message = `The audio file ${why}. Use a recording in one of ${SUPPORTED_FORMATS.join(", ")}.`;
  return new AssetError("unsupported_audio_format", message, {
    field,
    input,
    context: { supported_formats: SUPPORTED_FORMATS },
  });
}

function tooLong(
  claimed: number | null,
  maxDuration: number,
  { field, input }: DecodeAudioOptions,
): AssetError {
  const known = claimed !== null && claimed > maxDuration;
  const message =
    `The recording lasts ${known ? `${Math.round(claimed)} s` : `more than ${maxDuration} s`}; ` +
    `the limit is ${maxDuration} s. Cut it into parts.`;
  const provided = known ? { provided_duration: claimed } : {};
  return new AssetError("audio_duration_too_long", message, {
    field,
    input,
    context: { max_duration: maxDuration, ...provided },
  });
}
