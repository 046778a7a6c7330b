import { AssetError, throwIfCancelled } from "../shared/errors.js";
import { AudioInput } from "./audio-input.js";
import { ChannelMeter } from "./channel-statistics.js";
import { downmixWeights, mixDown } from "./downmix.js";
import { MonoResampler } from "./mono-resampler.js";
import type { AudioBlock } from "./planar-converter.js";
import { UnreadableAudioError } from "./unreadable-audio-error.js";

/** How sound is to be decoded, and how to speak of it in errors. */
export type DecodeAudioOptions = {
  /** Hertz of the result. */
  readonly sampleRate: number;
  /** Path of the request field that named the file. */
  readonly field: readonly (string | number)[];
  /** The field's value, fit for a message. Its ending helps where the bytes do not tell what they are. */
  readonly input: string;
  /** Seconds. @defaultValue 600 */
  readonly maxDuration?: number;
  /** Called now and then while sound comes out of the file. */
  readonly onBlock?: () => void;
  readonly signal?: AbortSignal;
};

/** Mono sound that was handed on piece by piece. */
export type DecodedAudio = {
  /** Number of samples. */
  readonly length: number;
  /** What every sample is to be multiplied with: 1, or less where the recording goes beyond full scale. */
  readonly gain: number;
  readonly warnings: readonly string[];
};

/** What the message recommends; everything is accepted that FFmpeg reads. */
const SUPPORTED_FORMATS = [
  ...[".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus", ".webm", ".aiff", ".wma", ".amr", ".mka"],
  ...[".mp4", ".mov", ".mkv", ".avi", ".mpg", ".ts", ".flv", ".3gp"],
];
const MAX_DURATION = 600;
/** Encoders fill up their last block: by so many seconds a recording of just the longest length may be longer. */
const PADDING = 0.12;
/** A file that holds less than this share of what its header says was cut short. */
const TRUNCATED_SHARE = 0.9;

/**
 * Decodes a recording of any kind to mono, piece by piece.
 *
 * The mix to one channel keeps a voice that is on one channel only, or on two with opposite signs. Values that are
 * not numbers become silence. Only what is really there is decoded: a length that the header claims reserves nothing,
 * and what lasts longer than it claims is not decoded beyond the limit.
 *
 * @param take - is given the samples, full scale `[-1, 1]`; some recordings go beyond, see {@link DecodedAudio.gain}
 * @throws {@link AssetError} `unsupported_audio_format` when there is no sound that can be decoded,
 * `audio_duration_too_long` beyond `maxDuration`
 * @throws {@link CancelledError} when the signal fires
 */
export async function decodeAudio(
  bytes: Uint8Array,
  options: DecodeAudioOptions,
  take: (samples: Float32Array) => void,
): Promise<DecodedAudio> {
  if (bytes.length === 0) throw unsupported("is empty", options);
  try {
    const recording = await new AudioDecoding(bytes, options, take).run();
    if (recording.length === 0) throw new UnreadableAudioError("holds no sound, not one sample");
    return recording;
  } catch (error) {
    if (error instanceof UnreadableAudioError) throw unsupported(error.message, options);
    throw error;
  }
}

/** The decoding of one recording. */
class AudioDecoding {
  readonly #maxDuration: number;
  #length = 0;
  /** Samples that came, with those beyond the limit. */
  #decoded = 0;
  #peak = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly options: DecodeAudioOptions,
    private readonly take: (samples: Float32Array) => void,
  ) {
    this.#maxDuration = options.maxDuration ?? MAX_DURATION;
  }

  async run(): Promise<DecodedAudio> {
    const { claimedDuration, isDurationGuessed } = await this.#withInput((input) => this.#checkClaim(input));
    await this.#withInput((input) => this.#mix(input, claimedDuration));
    const seconds = this.#length / this.options.sampleRate;
    return {
      length: this.#length,
      // The recording is turned down as a whole, instead of being clipped.
      gain: this.#peak > 1 ? 1 / this.#peak : 1,
      warnings: isDurationGuessed ? [] : truncationWarnings(seconds, claimedDuration),
    };
  }

  async #withInput<T>(use: (input: AudioInput) => Promise<T>): Promise<T> {
    const input = await AudioInput.open(this.bytes, this.options.input);
    try {
      return await use(input);
    } finally {
      await input.close();
    }
  }

  /** A recording that says that it is too long is refused without decoding it, if its packets say the same. */
  async #checkClaim(
    input: AudioInput,
  ): Promise<{ claimedDuration: number | null; isDurationGuessed: boolean }> {
    const { claimedDuration, isDurationGuessed } = input;
    const limit = this.#maxDuration + PADDING;
    if (claimedDuration !== null && claimedDuration > limit && (await input.lastsLongerThan(limit)))
      throw tooLong(claimedDuration, this.#maxDuration, this.options);
    return { claimedDuration, isDurationGuessed };
  }

  async #mix(input: AudioInput, claimedDuration: number | null): Promise<void> {
    const { sampleRate } = this.options;
    let plan: MixPlan | null = null;
    let resampler: MonoResampler | null = null;
    let fromRate = 0;
    try {
      for await (const block of input.blocks()) {
        this.#look();
        // One channel needs no plan; most recordings have one, and are decoded only once.
        if (block.planes.length > 1)
          plan ??= await this.#withInput((again) => this.#plan(again, claimedDuration));
        if (!resampler || block.sampleRate !== fromRate) {
          // Chained streams may change their rate in the middle.
          if (resampler) this.#keep(resampler.flush(), claimedDuration);
          resampler?.close();
          fromRate = block.sampleRate;
          resampler = new MonoResampler(fromRate, sampleRate);
        }
        this.#keep(resampler.convert(toMono(block, plan)), claimedDuration);
      }
      if (resampler) this.#keep(resampler.flush(), claimedDuration);
    } finally {
      resampler?.close();
    }
  }

  /** How the channels are mixed: found out before, as the loudest may speak last. */
  async #plan(input: AudioInput, claimedDuration: number | null): Promise<MixPlan> {
    const meters = new Map<string, { meter: ChannelMeter; mask: bigint }>();
    let seconds = 0;
    for await (const { planes, mask, sampleRate } of input.blocks()) {
      this.#look();
      seconds += (planes[0]?.length ?? 0) / sampleRate;
      if (seconds > this.#maxDuration + PADDING)
        throw tooLong(claimedDuration, this.#maxDuration, this.options);
      if (planes.length === 1) continue;
      const key = planKey(planes.length, mask);
      const known = meters.get(key) ?? {
        meter: new ChannelMeter(planes.length, sampleRate),
        mask,
      };
      meters.set(key, known);
      known.meter.add(planes);
    }
    return new Map([...meters].map(([key, { meter, mask }]) => [key, downmixWeights(meter.finish(), mask)]));
  }

  #look(): void {
    throwIfCancelled(this.options.signal);
    this.options.onBlock?.();
  }

  #keep(samples: Float32Array, claimedDuration: number | null): void {
    const { sampleRate } = this.options;
    this.#decoded += samples.length;
    if (this.#decoded > (this.#maxDuration + PADDING) * sampleRate)
      throw tooLong(claimedDuration, this.#maxDuration, this.options);
    const kept = samples.subarray(0, Math.round(this.#maxDuration * sampleRate) - this.#length);
    for (let i = 0; i < kept.length; i++) this.#peak = Math.max(this.#peak, Math.abs(kept[i]!));
    this.#length += kept.length;
    if (kept.length > 0) this.take(kept);
  }
}

/** Weights of the channels, for every arrangement of channels that the recording has. */
type MixPlan = ReadonlyMap<string, Float64Array>;

function planKey(channels: number, mask: bigint): string {
  return `${channels} ${mask}`;
}

function toMono({ planes, mask }: AudioBlock, plan: MixPlan | null): Float32Array {
  if (planes.length === 1) return planes[0]!;
  const weights = plan?.get(planKey(planes.length, mask));
  return mixDown(planes, weights ?? new Float64Array(planes.length).fill(1 / planes.length));
}

function truncationWarnings(duration: number, claimedDuration: number | null): string[] {
  if (claimedDuration === null || duration >= claimedDuration * TRUNCATED_SHARE - 0.1) return [];
  return [
    `The recording is cut short: it should last ${claimedDuration.toFixed(1)} s, ${duration.toFixed(1)} s could be read.`,
  ];
}

function unsupported(why: string, { field, input }: DecodeAudioOptions): AssetError {
  const message = `The audio file ${why}. Give a recording, or a video with sound, in any usual format, for example ${SUPPORTED_FORMATS.slice(0, 6).join(", ")}.`;
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
