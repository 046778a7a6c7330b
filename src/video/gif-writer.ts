import {
  AV_CODEC_FLAG_BITEXACT,
  AV_PIX_FMT_PAL8,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_RGBA,
  FF_ENCODER_GIF,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  Dictionary,
  type FilterContext,
  FilterGraph,
  FormatContext,
  Frame as NativeFrame,
  Packet,
  Rational,
} from "node-av/lib";
import { EngineError } from "../shared/errors.js";
import { createFilter } from "./filter-chain.js";
import type { RgbPicture } from "./frame-to-rgb.js";
import { checkNative, isDrained } from "./native-call.js";

/** GIF counts time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/**
 * One palette for the whole film, chosen for what moves, because a face has few pixels and a background many. The pattern of
 * the dithering stands still, so that what does not move need not be written again.
 */
const PALETTE = {
  choice: "stats_mode=diff:reserve_transparent=1",
  use: "dither=bayer:bayer_scale=3:diff_mode=rectangle:alpha_threshold=128",
} as const;

/**
 * Writes pictures of one size as a GIF that plays for ever.
 *
 * @param count - how many pictures there are
 * @param picture - gives one of them; asked in order
 * @param seconds - how long each is shown; a multiple of a hundredth
 * @throws {@link EngineError} when the file cannot be written
 */
export async function writeGif(
  path: string,
  count: number,
  picture: (index: number) => RgbPicture,
  seconds: number,
): Promise<void> {
  const first = picture(0);
  const ticks = Math.round(seconds * TICKS_PER_SECOND);
  const graph = new FilterGraph();
  const file = new GifFile();
  try {
    graph.alloc();
    const { source, sink } = createGraph(graph, first);
    for (let i = 0; i < count; i++) await addPicture(source, i === 0 ? first : picture(i), i * ticks);
    checkNative(await source.buffersrcAddFrame(null), "choosing the colours of a preview");
    await file.open(path, first, ticks);
    await file.writeAll(sink);
  } finally {
    await file.close();
    graph.free();
  }
}

function createGraph(graph: FilterGraph, { width, height, channels }: RgbPicture) {
  const format = channels === 4 ? "rgba" : "rgb24";
  const size = `video_size=${width}x${height}:pix_fmt=${format}`;
  const times = `time_base=1/${TICKS_PER_SECOND}:pixel_aspect=1/1`;
  const source = createFilter(graph, "buffer", "source", `${size}:${times}`);
  const sink = createFilter(graph, "buffersink", "sink");
  const copies = createFilter(graph, "split", "copies");
  const palette = createFilter(graph, "palettegen", "palette", PALETTE.choice);
  const painted = createFilter(graph, "paletteuse", "painted", PALETTE.use);
  const join = (from: FilterContext, output: number, to: FilterContext, input: number): void => {
    checkNative(from.link(output, to, input), "preparing a preview");
  };
  join(source, 0, copies, 0);
  join(copies, 0, painted, 0);
  join(copies, 1, palette, 0);
  join(palette, 0, painted, 1);
  join(painted, 0, sink, 0);
  checkNative(graph.configSync(), "preparing a preview");
  return { source, sink };
}

async function addPicture(source: FilterContext, picture: RgbPicture, pts: number): Promise<void> {
  const frame = new NativeFrame();
  try {
    frame.alloc();
    frame.width = picture.width;
    frame.height = picture.height;
    frame.format = picture.channels === 4 ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    frame.pts = BigInt(pts);
    checkNative(frame.getBuffer(1), "allocating a picture");
    const [plane] = frame.data ?? [];
    if (!plane) throw new EngineError("internal_server_error", "The media library gave no picture buffer.");
    const bytes = picture.width * picture.channels;
    const stride = frame.linesize[0]!;
    for (let row = 0; row < picture.height; row++)
      plane.set(picture.data.subarray(row * bytes, (row + 1) * bytes), row * stride);
    checkNative(await source.buffersrcAddFrame(frame), "choosing the colours of a preview");
  } finally {
    frame.free();
  }
}

class GifFile {
  readonly #codec = new CodecContext();
  readonly #format = new FormatContext();
  readonly #packet = new Packet();
  readonly #frame = new NativeFrame();

  async open(path: string, { width, height }: RgbPicture, ticks: number): Promise<void> {
    const encoder = Codec.findEncoderByName(FF_ENCODER_GIF);
    if (!encoder) throw new EngineError("internal_server_error", "The media library has no GIF encoder.");
    const codec = this.#codec;
    codec.allocContext3(encoder);
    codec.width = width;
    codec.height = height;
    codec.pixelFormat = AV_PIX_FMT_PAL8;
    codec.timeBase = new Rational(1, TICKS_PER_SECOND);
    codec.setFlags(AV_CODEC_FLAG_BITEXACT);
    checkNative(codec.open2Sync(encoder, null), "opening the encoder of a preview");
    const format = this.#format;
    checkNative(format.allocOutputContext2(null, "gif", path), "preparing a preview");
    const stream = format.newStream(null);
    checkNative(stream.codecpar.fromContext(codec), "describing a preview");
    stream.timeBase = new Rational(1, TICKS_PER_SECOND);
    checkNative(await format.openOutput(), "creating a preview");
    const settings = Dictionary.fromObject({ loop: "0", final_delay: String(ticks) });
    checkNative(await format.writeHeader(settings), "starting a preview");
    this.#packet.alloc();
    this.#frame.alloc();
  }

  async writeAll(sink: FilterContext): Promise<void> {
    for (;;) {
      const code = await sink.buffersinkGetFrame(this.#frame);
      if (isDrained(code)) break;
      checkNative(code, "choosing the colours of a preview");
      checkNative(await this.#codec.sendFrame(this.#frame), "encoding a preview");
      this.#frame.unref();
      this.#drain();
    }
    checkNative(await this.#codec.sendFrame(null), "encoding a preview");
    this.#drain();
    checkNative(await this.#format.writeTrailer(), "finishing a preview");
  }

  async close(): Promise<void> {
    await this.#format.closeOutput();
    this.#format.freeContext();
    this.#codec.freeContext();
    this.#packet.free();
    this.#frame.free();
  }

  #drain(): void {
    for (;;) {
      const code = this.#codec.receivePacketSync(this.#packet);
      if (isDrained(code)) return;
      checkNative(code, "encoding a preview");
      this.#packet.streamIndex = 0;
      checkNative(this.#format.interleavedWriteFrameSync(this.#packet), "writing a preview");
    }
  }
}
