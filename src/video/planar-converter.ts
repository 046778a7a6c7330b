import { AV_SAMPLE_FMT_FLTP, type AVSampleFormat } from "node-av/constants";
import { avChannelLayoutDefault, type Frame, SoftwareResampleContext } from "node-av/lib";
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

/** Turns decoded frames of any sample format into planar floats. */
export class PlanarConverter {
  #context: SoftwareResampleContext | null = null;
  #key = "";

  convert(frame: Frame): AudioBlock {
    const { nbSamples: length, sampleRate, channelLayout } = frame;
    const channels = channelLayout.nbChannels;
    const mask = channelLayout.mask ?? 0n;
    this.#configure(frame.format as AVSampleFormat, sampleRate, channels);
    const outputs = Array.from({ length: channels }, () => Buffer.alloc(length * 4));
    const inputs = frame.extendedData ?? frame.data ?? [];
    const converted = checkNative(
      this.#context!.convertSync(outputs, length, inputs, length),
      "converting sound",
    );
    const planes = outputs.map((bytes) => clean(new Float32Array(bytes.buffer, bytes.byteOffset, converted)));
    return { planes, sampleRate, mask };
  }

  close(): void {
    this.#context?.free();
    this.#context = null;
  }

  #configure(format: AVSampleFormat, sampleRate: number, channels: number): void {
    const key = `${format} ${sampleRate} ${channels}`;
    if (this.#context && key === this.#key) return;
    this.close();
    // The default layout on both sides: channels stay as they are, only the number format changes.
    const layout = avChannelLayoutDefault(channels);
    const context = new SoftwareResampleContext();
    checkNative(
      context.allocSetOpts2(layout, AV_SAMPLE_FMT_FLTP, sampleRate, layout, format, sampleRate),
      "preparing sound",
    );
    checkNative(context.init(), "preparing sound");
    this.#context = context;
    this.#key = key;
  }
}

/** Replaces what is no sound by silence: NaN, infinities, absurd values. */
function clean(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    if (!(Math.abs(samples[i]!) <= LARGEST_SAMPLE)) samples[i] = 0;
  }
  return samples;
}
