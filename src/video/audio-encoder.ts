import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_FLTP,
  FF_ENCODER_AAC,
} from "node-av/constants";
import { Codec, CodecContext, Frame as NativeFrame, Packet, Rational } from "node-av/lib";
import { EngineError } from "../shared/errors.js";
import { type SampleFile, SampleReader } from "../shared/sample-file.js";
import { AUDIO_BIT_RATE } from "./encoder-settings.js";
import { checkNative, isDrained } from "./native-call.js";
import type { PacketSink } from "./video-encoder.js";

/** AAC-LC, mono. Samples beyond the end of `samples` are silence. */
export class AudioEncoder {
  readonly context: CodecContext;
  readonly #packet = new Packet();
  readonly #frame = new NativeFrame();
  readonly #samples: SampleReader;
  readonly #sampleCount: number;
  #position = 0;

  /** @param sampleCount - length of the track in samples; at least `samples.length` */
  constructor(options: { samples: Float32Array | SampleFile; sampleCount: number; sampleRate: number }) {
    const codec = Codec.findEncoderByName(FF_ENCODER_AAC);
    if (!codec) throw new EngineError("internal_server_error", "The media library has no AAC encoder.");
    const context = new CodecContext();
    context.allocContext3(codec);
    context.sampleRate = options.sampleRate;
    context.sampleFormat = AV_SAMPLE_FMT_FLTP;
    context.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    context.bitRate = BigInt(AUDIO_BIT_RATE);
    context.timeBase = new Rational(1, options.sampleRate);
    context.threadCount = 1;
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT);
    checkNative(context.open2Sync(codec, null), "opening the audio encoder");
    this.#packet.alloc();
    this.#frame.alloc();
    this.#samples = new SampleReader(options.samples);
    this.#sampleCount = options.sampleCount;
    this.context = context;
  }

  /** Encodes until at least `sampleCount` samples of the track are in, or to its end. */
  async encodeUntil(sampleCount: number, sink: PacketSink): Promise<void> {
    while (this.#position < Math.min(sampleCount, this.#sampleCount)) {
      const length = Math.min(this.context.frameSize, this.#sampleCount - this.#position);
      this.#fill(length);
      checkNative(await this.context.sendFrame(this.#frame), "encoding sound");
      this.#position += length;
      this.#drain(sink);
    }
  }

  /** Takes out what the encoder still holds back. */
  async flush(sink: PacketSink): Promise<void> {
    await this.encodeUntil(this.#sampleCount, sink);
    checkNative(await this.context.sendFrame(null), "finishing the sound");
    this.#drain(sink);
  }

  close(): void {
    this.#samples.close();
    this.#packet.free();
    this.#frame.free();
    this.context.freeContext();
  }

  #fill(length: number): void {
    const frame = this.#frame;
    frame.unref();
    frame.format = AV_SAMPLE_FMT_FLTP;
    frame.nbSamples = length;
    frame.sampleRate = this.context.sampleRate;
    frame.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    checkNative(frame.getBuffer(0), "allocating sound");
    frame.pts = BigInt(this.#position);
    const plane = frame.data?.[0];
    if (!plane) throw new EngineError("internal_server_error", "The media library gave no sound buffer.");
    const target = new Float32Array(plane.buffer, plane.byteOffset, length);
    for (let i = 0; i < length; i++) {
      const sample = this.#samples.at(this.#position + i);
      // The encoder stops at the first value that is not a number.
      target[i] = sample >= -1 && sample <= 1 ? sample : sample > 1 ? 1 : sample < -1 ? -1 : 0;
    }
  }

  #drain(sink: PacketSink): void {
    for (;;) {
      const code = this.context.receivePacketSync(this.#packet);
      if (isDrained(code)) return;
      checkNative(code, "encoding sound");
      sink(this.#packet);
    }
  }
}
