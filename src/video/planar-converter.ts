import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_SAMPLE_FMT_DBL,
  AV_SAMPLE_FMT_DBLP,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  AV_SAMPLE_FMT_S32,
  AV_SAMPLE_FMT_S32P,
  AV_SAMPLE_FMT_S64,
  AV_SAMPLE_FMT_S64P,
  AV_SAMPLE_FMT_U8,
  AV_SAMPLE_FMT_U8P,
  type AVSampleFormat,
} from "node-av/constants";
import { type Frame, SoftwareResampleContext } from "node-av/lib";
import { checkNative } from "./native-call.js";

/** Decoded sound of one block: one array of finite samples per channel, full scale `[-1, 1]`, some files go beyond. */
export type AudioBlock = {
  readonly planes: readonly Float32Array[];
  /** Hertz. */
  readonly sampleRate: number;
  /** FFmpeg's channel mask, 0 when the file does not say which channel is where. */
  readonly mask: bigint;
};

/** A value beyond this (18 dB over full scale) is no sound but a damaged file. */
const LARGEST_SAMPLE = 8;

/** Formats with an array for every channel, each with the format of such an array. */
const PLANAR: ReadonlyMap<AVSampleFormat, AVSampleFormat> = new Map([
  [AV_SAMPLE_FMT_U8P, AV_SAMPLE_FMT_U8],
  [AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S16],
  [AV_SAMPLE_FMT_S32P, AV_SAMPLE_FMT_S32],
  [AV_SAMPLE_FMT_S64P, AV_SAMPLE_FMT_S64],
  [AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLT],
  [AV_SAMPLE_FMT_DBLP, AV_SAMPLE_FMT_DBL],
]);

/**
 * Turns decoded frames of any sample format into planar floats.
 *
 * Numbers are converted as if there were one channel: the binding keeps its lists of channels on the stack, with room for
 * fewer than a file may have, and a damaged file may have any number.
 */
export class PlanarConverter {
  #context: SoftwareResampleContext | null = null;
  #format: AVSampleFormat | null = null;

  /** @param maxChannels - channels beyond these are left out */
  convert(frame: Frame, maxChannels: number): AudioBlock {
    const { nbSamples: length, sampleRate, channelLayout } = frame;
    const channels = channelLayout.nbChannels;
    const kept = Math.min(channels, maxChannels);
    const format = frame.format as AVSampleFormat;
    const inputs = frame.extendedData ?? frame.data ?? [];
    const single = PLANAR.get(format);
    const planes =
      single === undefined
        ? separate(this.#convert(inputs[0], format, length * channels), channels, kept)
        : Array.from({ length: kept }, (_, channel) => this.#convert(inputs[channel], single, length));
    for (const plane of planes) clean(plane);
    return { planes, sampleRate, mask: channelLayout.mask ?? 0n };
  }

  close(): void {
    this.#context?.free();
    this.#context = null;
  }

  /** `length` numbers as floats; silence where there is no input. */
  #convert(input: Buffer | undefined, format: AVSampleFormat, length: number): Float32Array {
    const output = Buffer.alloc(length * 4);
    const floats = new Float32Array(output.buffer, output.byteOffset, length);
    if (!input) return floats;
    this.#configure(format);
    checkNative(this.#context!.convertSync([output], length, [input], length), "converting sound");
    return floats;
  }

  #configure(format: AVSampleFormat): void {
    if (this.#context && format === this.#format) return;
    this.close();
    const context = new SoftwareResampleContext();
    const mono = AV_CHANNEL_LAYOUT_MONO;
    // Any rate: it is the same on both sides.
    checkNative(
      context.allocSetOpts2(mono, AV_SAMPLE_FMT_FLT, 48_000, mono, format, 48_000),
      "preparing sound",
    );
    checkNative(context.init(), "preparing sound");
    this.#context = context;
    this.#format = format;
  }
}

/** One array per channel from samples that take turns. */
function separate(samples: Float32Array, channels: number, kept: number): Float32Array[] {
  if (channels === 1) return [samples];
  const length = samples.length / channels;
  return Array.from({ length: kept }, (_, channel) => {
    const plane = new Float32Array(length);
    for (let i = 0; i < length; i++) plane[i] = samples[i * channels + channel]!;
    return plane;
  });
}

/** Replaces what is no sound by silence: NaN, infinities, absurd values. */
function clean(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    if (!(Math.abs(samples[i]!) <= LARGEST_SAMPLE)) samples[i] = 0;
  }
}
