import { AV_DISPOSITION_DEFAULT, AVFMT_FLAG_BITEXACT } from "node-av/constants";
import {
  type CodecContext,
  Dictionary,
  FormatContext,
  type Packet,
  Rational,
  type Stream,
} from "node-av/lib";
import { checkNative } from "./native-call.js";
import type { VideoFormat } from "./video-format.js";

/** Longest time by which a track may be ahead of another one. */
const INTERLEAVE_MICROSECONDS = 1_000_000n;

/** Something that becomes a track of its own, after those of picture and sound. */
export interface ExtraTrack {
  /** Of its packets. */
  readonly timeBase: Rational;
  describe(stream: Stream): void;
}

/** A file of pictures and sound. */
export class MediaWriter {
  readonly #format = new FormatContext();
  readonly #tracks: { stream: Stream; timeBase: Rational }[] = [];

  private constructor() {}

  /**
   * Creates the file and writes its beginning. `contexts` are the opened encoders, in track order.
   *
   * @throws {@link EngineError} when the file cannot be written
   */
  static async create(
    path: string,
    { muxer, options }: VideoFormat,
    contexts: readonly CodecContext[],
    extra?: ExtraTrack,
  ): Promise<MediaWriter> {
    const writer = new MediaWriter();
    const format = writer.#format;
    try {
      checkNative(format.allocOutputContext2(null, muxer, path), "preparing the file");
      format.setFlags(AVFMT_FLAG_BITEXACT);
      for (const context of contexts) writer.#addTrack(context);
      if (extra) {
        const stream = format.newStream(null);
        stream.timeBase = extra.timeBase;
        extra.describe(stream);
        writer.#tracks.push({ stream, timeBase: extra.timeBase });
        // A track with long pauses would hold back the others for as long.
        format.maxInterleaveDelta = INTERLEAVE_MICROSECONDS;
      }
      checkNative(await format.openOutput(), "creating the file");
      checkNative(await format.writeHeader(Dictionary.fromObject({ ...options })), "starting the file");
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  #addTrack(context: CodecContext): void {
    const stream = this.#format.newStream(null);
    checkNative(stream.codecpar.fromContext(context), "describing a track");
    // A copy: the getter gives a view of the context, which may be gone when the last packets are written.
    const timeBase = new Rational(context.timeBase.num, context.timeBase.den);
    stream.timeBase = timeBase;
    stream.sampleAspectRatio = context.sampleAspectRatio;
    stream.disposition = AV_DISPOSITION_DEFAULT;
    if (context.width > 0) stream.avgFrameRate = context.framerate;
    this.#tracks.push({ stream, timeBase });
  }

  /** Adds a packet, timed in its encoder's time base. The muxer puts the tracks in order of time. The packet is emptied. */
  write(packet: Packet, track: number): void {
    const { stream, timeBase } = this.#tracks[track]!;
    packet.streamIndex = stream.index;
    packet.rescaleTs(timeBase, stream.timeBase);
    checkNative(this.#format.interleavedWriteFrameSync(packet), "writing the file");
  }

  /** Ends the piece that is being written, so that everything so far can be read. */
  endPiece(): void {
    checkNative(this.#format.interleavedWriteFrameSync(null), "writing the file");
    checkNative(this.#format.writeFrameSync(null), "writing the file");
  }

  /** Writes the index and closes the file. */
  async finish(): Promise<void> {
    checkNative(await this.#format.writeTrailer(), "finishing the file");
    await this.#format.closeOutput();
  }

  /** Frees everything; the file is unusable unless {@link finish} was called. */
  async close(): Promise<void> {
    await this.#format.closeOutput();
    this.#format.freeContext();
  }
}
