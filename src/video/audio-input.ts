import {
  AV_CODEC_CAP_EXPERIMENTAL,
  AV_DISPOSITION_ATTACHED_PIC,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_CUR,
  AVSEEK_END,
  AVSEEK_SET,
  AVSEEK_SIZE,
  type AVSeekWhence,
} from "node-av/constants";
import { type Codec, CodecContext, FormatContext, Frame, IOContext, Packet, type Stream } from "node-av/lib";
import { findContainer } from "./audio-containers.js";
import { openConfined } from "./confined-format.js";
import { type AudioBlock, PlanarConverter } from "./planar-converter.js";
import { UnreadableAudioError } from "./unreadable-audio-error.js";
import "./native-call.js";

const IO_BUFFER_BYTES = 64 * 1024;
/** What no recording has; a filter to and from such a rate would take any amount of memory. Hertz. */
const SAMPLE_RATES = { min: 1_000, max: 6_000_000 };
/** Channels beyond these are left out. */
const MAX_CHANNELS = 16;
/** How often in a row a container may say that it has nothing yet: it cannot be waiting for anything. */
const MAX_PAUSES = 1_000;
/** A length that is this near to what size and bit rate give was worked out from them, not written in the file. */
const ESTIMATE_TOLERANCE = 0.02;

/** An opened recording in memory. Nothing but these bytes is ever read: no file, no address. */
export class AudioInput {
  readonly #io = new IOContext();
  readonly #format = new FormatContext();
  #stream: Stream | null = null;
  #codec: CodecContext | null = null;

  private constructor(private readonly byteLength: number) {}

  /**
   * @param name - path or address that the bytes came from; its ending helps where the bytes do not tell what they are
   * @throws {@link UnreadableAudioError} when there is no sound that can be decoded
   */
  static async open(bytes: Uint8Array, name: string): Promise<AudioInput> {
    const input = new AudioInput(bytes.length);
    try {
      await input.#open(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
    } catch (error) {
      await input.close();
      throw error;
    }
    return input;
  }

  /** Seconds that the file says it lasts; null when it does not say. It may be wrong by any amount. */
  get claimedDuration(): number | null {
    const stream = this.#stream;
    if (stream && stream.duration > 0n) return inSeconds(stream.duration, stream);
    return this.#format.duration > 0n ? Number(this.#format.duration) / 1e6 : null;
  }

  /** Whether {@link claimedDuration} is no more than FFmpeg's guess from size and bit rate. */
  get isDurationGuessed(): boolean {
    const claimed = this.claimedDuration;
    const bitRate = Number(this.#stream?.codecpar.bitRate ?? 0);
    if (claimed === null || bitRate <= 0) return false;
    const guess = (this.byteLength * 8) / bitRate;
    return Math.abs(claimed - guess) <= ESTIMATE_TOLERANCE * guess;
  }

  /**
   * Whether the sound goes on beyond a number of seconds, told from its packets without decoding them. False when
   * they do not say how long they last.
   */
  async lastsLongerThan(seconds: number): Promise<boolean> {
    const stream = this.#stream!;
    let total = 0;
    for await (const packet of this.#packets()) {
      if (packet.duration > 0n) total += inSeconds(packet.duration, stream);
      if (total > seconds) return true;
    }
    return false;
  }

  /**
   * Decodes block by block. Broken packets are left out.
   *
   * @throws {@link UnreadableAudioError} when what comes out cannot be sound
   */
  async *blocks(): AsyncGenerator<AudioBlock> {
    const codec = this.#codec!;
    const frame = new Frame();
    frame.alloc();
    const converter = new PlanarConverter();
    const decoded = function* (packet: Packet | null): Generator<AudioBlock> {
      codec.sendPacketSync(packet);
      while (codec.receiveFrameSync(frame) >= 0) {
        checkFrame(frame);
        yield converter.convert(frame, MAX_CHANNELS);
        frame.unref();
      }
    };
    try {
      for await (const packet of this.#packets()) yield* decoded(packet);
      yield* decoded(null);
    } finally {
      converter.close();
      frame.free();
    }
  }

  /** The packets of the sound, up to the end or to where the file is broken beyond reading on. */
  async *#packets(): AsyncGenerator<Packet> {
    const packet = new Packet();
    packet.alloc();
    try {
      for (let pauses = 0; pauses < MAX_PAUSES; ) {
        const code = await this.#format.readFrame(packet);
        if (code < 0 && code !== AVERROR_EAGAIN) return;
        pauses = code < 0 ? pauses + 1 : 0;
        if (code >= 0 && packet.streamIndex === this.#stream?.index) yield packet;
        packet.unref();
      }
    } finally {
      packet.free();
    }
  }

  async close(): Promise<void> {
    this.#codec?.freeContext();
    this.#format.pb = null;
    await this.#format.closeInput();
    this.#io.freeContext();
  }

  async #open(bytes: Buffer, name: string): Promise<void> {
    const container = findContainer(bytes, name);
    const { read, seek } = memoryCallbacks(bytes);
    this.#format.allocContext();
    this.#io.allocContextWithCallbacks(IO_BUFFER_BYTES, 0, read, null, seek);
    if ((await openConfined(this.#format, this.#io, container)) < 0)
      throw new UnreadableAudioError("is damaged");
    if ((await this.#format.findStreamInfo(null)) < 0) throw new UnreadableAudioError("is damaged");
    const { streamIndex, decoder } = this.#format.findBestStream(AVMEDIA_TYPE_AUDIO, -1, -1, true);
    const stream = this.#format.streams[streamIndex];
    if (!stream || !decoder) throw new UnreadableAudioError(this.#whySilent());
    for (const other of this.#format.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    this.#openCodec(stream, decoder);
  }

  /** What there is instead of sound. */
  #whySilent(): string {
    const { streams } = this.#format;
    const sound = streams.find((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
    if (sound) return "is coded in a way that cannot be read";
    const isVideo = (stream: Stream) =>
      stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO && !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC);
    return streams.some(isVideo) ? "is a video without a sound track" : "has no sound in it";
  }

  #openCodec(stream: Stream, decoder: Codec): void {
    if (decoder.hasCapabilities(AV_CODEC_CAP_EXPERIMENTAL))
      throw new UnreadableAudioError(`is coded in a way that cannot be read (${decoder.name})`);
    const codec = new CodecContext();
    codec.allocContext3(decoder);
    this.#codec = codec;
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    codec.threadCount = 1;
    if (codec.open2Sync(decoder, null) < 0) throw new UnreadableAudioError("is damaged");
    this.#stream = stream;
  }
}

function inSeconds(duration: bigint, { timeBase }: Stream): number {
  return (Number(duration) * timeBase.num) / timeBase.den;
}

/** @throws {@link UnreadableAudioError} when the numbers of a frame are none that sound can have */
function checkFrame({ sampleRate }: Frame): void {
  if (sampleRate < SAMPLE_RATES.min || sampleRate > SAMPLE_RATES.max)
    throw new UnreadableAudioError(`has ${sampleRate} samples per second, which no recording has`);
}

/** Lets FFmpeg read from memory. */
function memoryCallbacks(bytes: Buffer): {
  read: (size: number) => Buffer | null;
  seek: (offset: bigint, whence: AVSeekWhence) => bigint;
} {
  let position = 0;
  return {
    read(size) {
      if (position >= bytes.length) return null;
      const chunk = bytes.subarray(position, position + size);
      position += chunk.length;
      return chunk;
    },
    seek(offset, whence) {
      if (whence === AVSEEK_SIZE) return BigInt(bytes.length);
      const base = new Map([
        [AVSEEK_SET, 0],
        [AVSEEK_CUR, position],
        [AVSEEK_END, bytes.length],
      ]).get(whence);
      if (base === undefined) return -1n;
      position = Math.max(0, Math.min(bytes.length, base + Number(offset)));
      return BigInt(position);
    },
  };
}
