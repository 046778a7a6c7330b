import type { CodecContext, Packet } from "node-av/lib";
import { EngineError } from "../shared/errors.js";
import { MediaWriter } from "./media-writer.js";
import { LIVE_FORMATS } from "./video-format.js";

/** Seconds of picture in each piece after the first. */
const PIECE_SECONDS = 0.2;

/**
 * Writes packets in short pieces, so that a reader who follows the growing file can play it: fragments of MP4, clusters of
 * WebM. The first piece ends with the first picture for which there is sound, because somebody waits for it.
 */
export class LiveWriter {
  #hasSound = false;
  #pieces = 0;
  #pieceStart = 0;

  private constructor(
    private readonly writer: MediaWriter,
    private readonly format: keyof typeof LIVE_FORMATS,
    private readonly frameSeconds: number,
  ) {}

  /** Creates the file; `contexts` are the opened encoders of picture and sound. */
  static async create(
    path: string,
    format: keyof typeof LIVE_FORMATS,
    contexts: readonly [picture: CodecContext, sound: CodecContext],
  ): Promise<LiveWriter> {
    const writer = await MediaWriter.create(path, LIVE_FORMATS[format], contexts);
    const { num, den } = contexts[0].timeBase;
    return new LiveWriter(writer, format, num / den);
  }

  /** Adds a copy of a packet of the picture (track 0) or the sound (track 1), timed in its encoder's time base. */
  write(packet: Packet, track: number): void {
    const copy = packet.clone();
    if (!copy) throw new EngineError("internal_server_error", "The media library has no room for a packet.");
    const seconds = Number(copy.dts) * this.frameSeconds;
    this.writer.write(copy, track);
    copy.free();
    if (track === 1) this.#hasSound = true;
    else if (this.#hasSound && this.#isDue(seconds)) this.#endPiece(seconds);
  }

  async finish(): Promise<void> {
    await this.writer.finish();
  }

  async close(): Promise<void> {
    await this.writer.close();
  }

  #isDue(seconds: number): boolean {
    // Half a frame less, so that rounding does not make it a frame longer.
    return this.#pieces === 0 || seconds - this.#pieceStart >= PIECE_SECONDS - this.frameSeconds / 2;
  }

  #endPiece(seconds: number): void {
    this.writer.endPiece();
    // Of MP4 the first time only the beginning is written, now that it is known.
    if (this.#pieces === 0 && this.format === "mp4") this.writer.endPiece();
    this.#pieces++;
    this.#pieceStart = seconds;
  }
}
