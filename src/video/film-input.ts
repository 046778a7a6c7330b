import { open } from "node:fs/promises";
import {
  AV_CODEC_CAP_EXPERIMENTAL,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_FRAME_DATA_DISPLAYMATRIX,
  AV_FRAME_FLAG_INTERLACED,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVIO_FLAG_READ,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_FLAG_BACKWARD,
} from "node-av/constants";
import {
  type Codec,
  CodecContext,
  FormatContext,
  Frame,
  type InputFormat,
  IOContext,
  type IRational,
  Packet,
  type Stream,
} from "node-av/lib";
import { openConfined } from "./confined-format.js";
import { Deinterlacer } from "./deinterlacer.js";
import { findFilmContainer, PROBE_BYTES } from "./film-containers.js";
import { readTurn, type Turn } from "./film-turn.js";
import { UnreadableFilmError } from "./unreadable-film-error.js";
import "./native-call.js";

/** How often in a row a container may say that it has nothing yet: it cannot be waiting for anything. */
const MAX_PAUSES = 1_000;
/** Seconds: the same picture has the same time, but for rounding. */
const SAME_TIME = 0.0005;
/** Longest side of a picture, and most pixels of one (8K): a decoder holds a dozen of them. */
const MAX_FILM_SIDE = 8192;
const MAX_FILM_PIXELS = 36_000_000;
/** Above this size pictures are decoded one at a time, as each thread holds some of its own. */
const THREADED_PIXELS = 10_000_000;

/** A decoded picture, with its time. Whoever gets it has to free it. */
export type FilmPicture = {
  readonly frame: Frame;
  /** Seconds on the file's own clock; null when it does not say. */
  readonly time: number | null;
  /** Seconds; 0 when the file does not say. */
  readonly duration: number;
};

/** An opened film. Nothing but its file is ever read: no other file, no address. */
export class FilmInput {
  readonly #io = new IOContext();
  readonly #format = new FormatContext();
  readonly #packet = new Packet();
  #stream: Stream | null = null;
  #codec: CodecContext | null = null;
  #turn: Turn = { quarters: 0, mirrored: false };
  #isDrained = false;
  #deinterlacer: Deinterlacer | null = null;
  readonly #ready: FilmPicture[] = [];

  private constructor() {}

  /**
   * @param path - of a file that does not change while it is read
   * @param threads - of the decoder
   * @throws {@link UnreadableFilmError} when there is no film that can be decoded
   */
  static async open(path: string, threads: number): Promise<FilmInput> {
    const start = await readStart(path);
    if (start.length === 0) throw new UnreadableFilmError("is empty");
    const container = findFilmContainer(start);
    const input = new FilmInput();
    try {
      await input.#open(path, container, threads);
    } catch (error) {
      await input.close();
      throw error;
    }
    return input;
  }

  /** How the pictures have to be turned, if they do not say it themselves. */
  get turn(): Turn {
    return this.#turn;
  }

  /** Width of a pixel over its height. */
  pixelAspect(frame: Frame): number {
    const ratio = (aspect: IRational): number =>
      aspect.num > 0 && aspect.den > 0 ? aspect.num / aspect.den : 0;
    const told = ratio(this.#stream!.sampleAspectRatio) || ratio(frame.sampleAspectRatio) || 1;
    // What no screen or camera has is a damaged number.
    return told >= 1 / 8 && told <= 8 ? told : 1;
  }

  /** Frames per second that the file claims; 0 when it claims none. */
  get frameRate(): number {
    const { avgFrameRate: average, rFrameRate: real } = this.#stream!;
    const rate = average.num > 0 && average.den > 0 ? average : real;
    return rate.num > 0 && rate.den > 0 ? rate.num / rate.den : 0;
  }

  /** The next picture; null at the end, and where the file is broken beyond reading on. Broken packets are left out. */
  read(): FilmPicture | null {
    const codec = this.#codec!;
    for (;;) {
      const ready = this.#ready.shift();
      if (ready) return ready;
      const frame = new Frame();
      frame.alloc();
      if (codec.receiveFrameSync(frame) >= 0) {
        this.#take(frame);
        continue;
      }
      frame.free();
      if (!this.#isDrained) this.#feed(codec);
      else if (this.#deinterlacer !== null) this.#finish(this.#deinterlacer);
      else return null;
    }
  }

  /**
   * Goes back to the first picture, which is much cheaper than opening the file again.
   *
   * @param time - of the first picture, on the file's own clock
   * @returns false when this container cannot; the film then has to be opened again
   */
  rewind(time: number): boolean {
    const { index, timeBase } = this.#stream!;
    const stamp = BigInt(Math.floor((time * timeBase.den) / timeBase.num));
    if (this.#format.seekFrameSync(index, stamp, AVSEEK_FLAG_BACKWARD) < 0) return false;
    for (const { frame } of this.#ready.splice(0)) frame.free();
    this.#codec!.flushBuffers();
    this.#isDrained = false;
    const first = this.read();
    if (first === null) return false;
    this.#ready.unshift(first);
    return first.time !== null && Math.abs(first.time - time) < SAME_TIME;
  }

  async close(): Promise<void> {
    for (const { frame } of this.#ready.splice(0)) frame.free();
    this.#deinterlacer?.close();
    this.#codec?.freeContext();
    this.#codec = null;
    this.#packet.free();
    this.#format.pb = null;
    await this.#format.closeInput();
    await this.#io.closep();
  }

  async #open(path: string, container: InputFormat, threads: number): Promise<void> {
    this.#packet.alloc();
    this.#format.allocContext();
    // By its own hand, so that the demuxer needs no protocol at all. The prefix keeps a path from being read as a URL.
    if ((await this.#io.open2(`file:${path}`, AVIO_FLAG_READ)) < 0)
      throw new UnreadableFilmError("cannot be opened");
    if ((await openConfined(this.#format, this.#io, container)) < 0)
      throw new UnreadableFilmError("is damaged");
    // Before FFmpeg decodes one to learn more.
    for (const { codecpar } of this.#format.streams) checkFilmSize(codecpar.width, codecpar.height);
    if ((await this.#format.findStreamInfo(null)) < 0) throw new UnreadableFilmError("is damaged");
    const { streamIndex, decoder } = this.#format.findBestStream(AVMEDIA_TYPE_VIDEO, -1, -1, true);
    const stream = this.#format.streams[streamIndex];
    if (!stream || stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC))
      throw new UnreadableFilmError(this.#whyBlind());
    if (!decoder) throw new UnreadableFilmError("is coded in a way that cannot be read");
    for (const other of this.#format.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    this.#stream = stream;
    this.#turn = readTurn(stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX));
    this.#openCodec(stream, decoder, threads);
  }

  /** What there is instead of pictures. */
  #whyBlind(): string {
    const hasSound = this.#format.streams.some(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_AUDIO);
    return hasSound ? "is a recording of sound without pictures" : "has no pictures in it";
  }

  #openCodec(stream: Stream, decoder: Codec, threads: number): void {
    const { codecpar } = stream;
    checkFilmSize(codecpar.width, codecpar.height);
    if (decoder.hasCapabilities(AV_CODEC_CAP_EXPERIMENTAL))
      throw new UnreadableFilmError(`is coded in a way that cannot be read (${decoder.name})`);
    const codec = new CodecContext();
    codec.allocContext3(decoder);
    this.#codec = codec;
    codec.parametersToContext(codecpar);
    codec.pktTimebase = stream.timeBase;
    codec.threadCount = codecpar.width * codecpar.height > THREADED_PIXELS ? 1 : threads;
    // A picture may be larger than the file said at first.
    codec.setOption("max_pixels", MAX_FILM_PIXELS);
    if (codec.open2Sync(decoder, null) < 0) throw new UnreadableFilmError("is damaged");
  }

  /** Gives the decoder its next packet, or says that there is none. */
  #feed(codec: CodecContext): void {
    for (let pauses = 0; pauses < MAX_PAUSES; ) {
      const code = this.#format.readFrameSync(this.#packet);
      if (code < 0 && code !== AVERROR_EAGAIN) break;
      pauses = code < 0 ? pauses + 1 : 0;
      const isOurs = code >= 0 && this.#packet.streamIndex === this.#stream!.index;
      if (isOurs) codec.sendPacketSync(this.#packet);
      this.#packet.unref();
      if (isOurs) return;
    }
    this.#isDrained = true;
    codec.sendPacketSync(null);
  }

  #take(frame: Frame): void {
    const { width, height } = frame;
    if (width < 1 || height < 1 || width > MAX_FILM_SIDE || height > MAX_FILM_SIDE) {
      frame.free();
      return;
    }
    const own = frame.getSideData(AV_FRAME_DATA_DISPLAYMATRIX);
    if (own !== null && this.#turn.quarters === 0 && !this.#turn.mirrored) this.#turn = readTurn(own);
    const { timeBase } = this.#stream!;
    if (frame.hasFlags(AV_FRAME_FLAG_INTERLACED)) this.#deinterlacer ??= new Deinterlacer(timeBase);
    if (this.#deinterlacer === null) {
      this.#keep(frame, timeBase);
      return;
    }
    frame.pts = frame.bestEffortTimestamp;
    for (const whole of this.#deinterlacer.push(frame)) this.#keep(whole, this.#deinterlacer.outputTimeBase);
  }

  /** What the deinterlacer still holds when the decoder has nothing more. */
  #finish(deinterlacer: Deinterlacer): void {
    const timeBase = deinterlacer.outputTimeBase;
    for (const whole of deinterlacer.flush()) this.#keep(whole, timeBase);
    this.#deinterlacer = null;
  }

  #keep(frame: Frame, timeBase: IRational): void {
    const seconds = (units: bigint): number => (Number(units) * timeBase.num) / timeBase.den;
    const stamp = frame.bestEffortTimestamp === AV_NOPTS_VALUE ? frame.pts : frame.bestEffortTimestamp;
    this.#ready.push({
      frame,
      time: stamp === AV_NOPTS_VALUE ? null : seconds(stamp),
      duration: frame.duration > 0n ? seconds(frame.duration) : 0,
    });
  }
}

/** @throws {@link UnreadableFilmError} when pictures of this size are not decoded */
function checkFilmSize(width: number, height: number): void {
  if (width <= MAX_FILM_SIDE && height <= MAX_FILM_SIDE && width * height <= MAX_FILM_PIXELS) return;
  throw new UnreadableFilmError(
    `has pictures of ${width} x ${height} pixels; the limit is ${MAX_FILM_SIDE} a side and ${MAX_FILM_PIXELS / 1e6} million`,
    "Make it smaller.",
  );
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.alloc(PROBE_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
