import { AVFMT_FLAG_BITEXACT } from "node-av/constants";
import {
  type CodecContext,
  Dictionary,
  FormatContext,
  type Packet,
  Rational,
  type Stream,
} from "node-av/lib";
import { checkNative } from "./native-call.js";

/**
 * An MP4 file with one picture and one sound track, with the index in front so that a player can start before
 * the whole file has arrived.
 */
export class Mp4Writer {
  readonly #format = new FormatContext();
  readonly #tracks: { stream: Stream; timeBase: Rational }[] = [];

  private constructor() {}

  /** Creates the file and writes its beginning. `contexts` are the opened encoders, in track order. */
  static async create(path: string, contexts: readonly CodecContext[]): Promise<Mp4Writer> {
    const writer = new Mp4Writer();
    const format = writer.#format;
    checkNative(format.allocOutputContext2(null, "mp4", path), "preparing the file");
    format.setFlags(AVFMT_FLAG_BITEXACT);
    for (const context of contexts) {
      const stream = format.newStream(null);
      checkNative(stream.codecpar.fromContext(context), "describing a track");
      // A copy: the getter gives a view of the context, which may be gone when the last packets are written.
      const timeBase = new Rational(context.timeBase.num, context.timeBase.den);
      stream.timeBase = timeBase;
      stream.sampleAspectRatio = context.sampleAspectRatio;
      if (context.width > 0) stream.avgFrameRate = context.framerate;
      writer.#tracks.push({ stream, timeBase });
    }
    checkNative(await format.openOutput(), "creating the file");
    checkNative(
      await format.writeHeader(Dictionary.fromObject({ movflags: "+faststart" })),
      "starting the file",
    );
    return writer;
  }

  /** Adds a packet, timed in its encoder's time base. The muxer puts picture and sound in order of time. */
  write(packet: Packet, track: number): void {
    const { stream, timeBase } = this.#tracks[track]!;
    packet.streamIndex = stream.index;
    packet.rescaleTs(timeBase, stream.timeBase);
    checkNative(this.#format.interleavedWriteFrameSync(packet), "writing the file");
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
