import {
  AVFMT_FLAG_CUSTOM_IO,
  AVMEDIA_TYPE_AUDIO,
  AVSEEK_CUR,
  AVSEEK_END,
  AVSEEK_SET,
  AVSEEK_SIZE,
  type AVSeekWhence,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  FormatContext,
  Frame,
  InputFormat,
  IOContext,
  Packet,
  type Stream,
} from "node-av/lib";
import { type AudioBlock, PlanarConverter } from "./planar-converter.js";
import "./native-call.js";

/** Containers that are opened, by FFmpeg's names. None of them may refer to other files or addresses. */
const CONTAINERS = /^(wav|w64|aiff|au|mp3|flac|ogg|matroska,webm|mov,mp4,m4a,3gp,3g2,mj2|aac|caf|amr)$/;
/** Codecs that are decoded, by FFmpeg's names. */
const CODECS =
  /^(pcm_\w+|adpcm_(ms|ima_wav|ima_qt)|mp[23](float)?|aac|flac|vorbis|(lib)?opus|alac|amr[nw]b)$/;
const IO_BUFFER_BYTES = 64 * 1024;
const PROBE_BYTES = 256 * 1024;
/** How much of the file may be read to learn what is in it. */
const ANALYSE_BYTES = 5_000_000n;
const ANALYSE_MICROSECONDS = 10_000_000n;

/** Says why bytes cannot be read as sound; the message completes the sentence "The file …". */
export class UnreadableAudioError extends Error {}

/** An opened recording in memory. Nothing but these bytes is ever read: no file, no address. */
export class AudioInput {
  readonly #io = new IOContext();
  readonly #format = new FormatContext();
  #stream: Stream | null = null;
  #codec: CodecContext | null = null;
  #isPcm = false;

  private constructor() {}

  /** @throws {@link UnreadableAudioError} when there is no sound that can be decoded */
  static async open(bytes: Uint8Array): Promise<AudioInput> {
    const input = new AudioInput();
    try {
      await input.#open(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      await input.close();
      throw error;
    }
    return input;
  }

  /** Seconds that the file says it lasts; null when it does not say. It may be wrong by any amount. */
  get claimedDuration(): number | null {
    const stream = this.#stream;
    if (stream && stream.duration > 0n) {
      return (Number(stream.duration) * stream.timeBase.num) / stream.timeBase.den;
    }
    return this.#format.duration > 0n ? Number(this.#format.duration) / 1e6 : null;
  }

  /** Whether samples are stored one by one, so that their number follows from the size of the file. */
  get isPcm(): boolean {
    return this.#isPcm;
  }

  /** Decodes block by block. Broken packets are left out. */
  async *blocks(): AsyncGenerator<AudioBlock> {
    const codec = this.#codec;
    const packet = new Packet();
    packet.alloc();
    const frame = new Frame();
    frame.alloc();
    const converter = new PlanarConverter();
    try {
      for (let reading = true; reading && codec; ) {
        // Negative at the end, and where the file is broken beyond reading on; then the decoder is emptied.
        reading = (await this.#format.readFrame(packet)) >= 0;
        if (reading && packet.streamIndex !== this.#stream?.index) {
          packet.unref();
          continue;
        }
        codec.sendPacketSync(reading ? packet : null);
        packet.unref();
        while (codec.receiveFrameSync(frame) >= 0) {
          yield converter.convert(frame);
          frame.unref();
        }
      }
    } finally {
      converter.close();
      frame.free();
      packet.free();
    }
  }

  async close(): Promise<void> {
    this.#codec?.freeContext();
    this.#format.pb = null;
    await this.#format.closeInput();
    this.#io.freeContext();
  }

  async #open(bytes: Buffer): Promise<void> {
    const container = InputFormat.probe(bytes.subarray(0, PROBE_BYTES));
    if (!container?.name || !CONTAINERS.test(container.name)) {
      throw new UnreadableAudioError("holds no sound that is known");
    }
    const { read, seek } = memoryCallbacks(bytes);
    this.#format.allocContext();
    this.#io.allocContextWithCallbacks(IO_BUFFER_BYTES, 0, read, null, seek);
    this.#format.pb = this.#io;
    this.#format.setFlags(AVFMT_FLAG_CUSTOM_IO);
    this.#format.setOption("protocol_whitelist", "none");
    this.#format.probesize = ANALYSE_BYTES;
    this.#format.maxAnalyzeDuration = ANALYSE_MICROSECONDS;
    if ((await this.#format.openInput("", container, null)) < 0) throw new UnreadableAudioError("is damaged");
    if ((await this.#format.findStreamInfo(null)) < 0) throw new UnreadableAudioError("is damaged");
    this.#openCodec();
  }

  #openCodec(): void {
    const stream = this.#format.streams[this.#format.findBestStream(AVMEDIA_TYPE_AUDIO)];
    if (!stream) throw new UnreadableAudioError("has no sound in it");
    const decoder = Codec.findDecoder(stream.codecpar.codecId);
    if (!decoder?.name || !CODECS.test(decoder.name)) {
      throw new UnreadableAudioError(
        `is coded in a way that cannot be read (${decoder?.name ?? "unknown codec"})`,
      );
    }
    const codec = new CodecContext();
    codec.allocContext3(decoder);
    this.#codec = codec;
    codec.parametersToContext(stream.codecpar);
    codec.pktTimebase = stream.timeBase;
    codec.threadCount = 1;
    if (codec.open2Sync(decoder, null) < 0) throw new UnreadableAudioError("is damaged");
    this.#stream = stream;
    this.#isPcm = decoder.name.startsWith("pcm_");
  }
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
