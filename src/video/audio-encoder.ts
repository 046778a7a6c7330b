import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_SAMPLE_FMT_S16,
} from "node-av/constants";
import { Codec, CodecContext, Frame as NativeFrame, Packet, Rational } from "node-av/lib";
import type { OutputFormat } from "../request/index.js";
import { EngineError } from "../shared/errors.js";
import { type SampleFile, SampleReader } from "../shared/sample-file.js";
import { SOUND_SETTINGS, type SoundSettings } from "./encoder-settings.js";
import { checkNative, isDrained } from "./native-call.js";
import type { PacketSink } from "./video-encoder.js";

/** Samples per frame where the codec leaves it to us: a picture's time. */
const FREE_FRAME_SIZE = 1920;

/** Mono sound: AAC-LC, Opus or 16-bit samples. Samples beyond the end of `samples` are silence. */
export class AudioEncoder {
  readonly context: CodecContext;
  readonly #packet = new Packet();
  readonly #frame = new NativeFrame();
  readonly #samples: SampleReader;
  readonly #sampleCount: number;
  readonly #settings: SoundSettings;
  readonly #frameSize: number;
  #position = 0;

  /** @param sampleCount - length of the track in samples; at least `samples.length` */
  constructor(options: {
    samples: Float32Array | SampleFile;
    sampleCount: number;
    sampleRate: number;
    format: OutputFormat;
  }) {
    const settings = SOUND_SETTINGS[options.format];
    const codec = Codec.findEncoderByName(settings.encoder);
    if (!codec)
      throw new EngineError("internal_server_error", `The media library has no encoder ${settings.encoder}.`);
    const context = new CodecContext();
    context.allocContext3(codec);
    context.sampleRate = options.sampleRate;
    context.sampleFormat = settings.sampleFormat;
    context.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    if (settings.bitRate !== null) context.bitRate = BigInt(settings.bitRate);
    context.timeBase = new Rational(1, options.sampleRate);
    context.threadCount = 1;
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT);
    checkNative(context.open2Sync(codec, null), "opening the audio encoder");
    this.#packet.alloc();
    this.#frame.alloc();
    this.#samples = new SampleReader(options.samples);
    this.#sampleCount = options.sampleCount;
    this.#settings = settings;
    this.#frameSize = context.frameSize || FREE_FRAME_SIZE;
    this.context = context;
  }

  /** Encodes until at least `sampleCount` samples of the track are in, or to its end. */
  async encodeUntil(sampleCount: number, sink: PacketSink): Promise<void> {
    while (this.#position < Math.min(sampleCount, this.#sampleCount)) {
      const length = Math.min(this.#frameSize, this.#sampleCount - this.#position);
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
    frame.format = this.#settings.sampleFormat;
    frame.nbSamples = length;
    frame.sampleRate = this.context.sampleRate;
    frame.channelLayout = AV_CHANNEL_LAYOUT_MONO;
    checkNative(frame.getBuffer(0), "allocating sound");
    frame.pts = BigInt(this.#position);
    const plane = frame.data?.[0];
    if (!plane) throw new EngineError("internal_server_error", "The media library gave no sound buffer.");
    const isShort = this.#settings.sampleFormat === AV_SAMPLE_FMT_S16;
    const target = isShort
      ? new Int16Array(plane.buffer, plane.byteOffset, length)
      : new Float32Array(plane.buffer, plane.byteOffset, length);
    for (let i = 0; i < length; i++) {
      const sample = this.#samples.at(this.#position + i);
      // Encoders stop at the first value that is not a number.
      const clean = sample >= -1 && sample <= 1 ? sample : sample > 1 ? 1 : sample < -1 ? -1 : 0;
      target[i] = isShort ? Math.round(clean * 32_767) : clean;
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
