import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_INTERLACED_DCT,
  AV_FRAME_FLAG_INTERLACED,
  AV_FRAME_FLAG_TOP_FIELD_FIRST,
  AV_PIX_FMT_RGBA,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVCOL_RANGE_JPEG,
  AVCOL_SPC_RGB,
  type AVColorPrimaries,
  type AVColorRange,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
  AVFMT_GLOBALHEADER,
  AVMEDIA_TYPE_VIDEO,
  type AVPixelFormat,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  Packet,
  Rational,
} from "node-av/lib";
import { FilterChain } from "../../src/video/filter-chain.js";

/** How a film is to be stored, by FFmpeg's names. */
export type FilmFile = {
  readonly path: string;
  readonly container: string;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Times of the frames in milliseconds. */
  readonly times: readonly number[];
  /** Frames per second that the encoder is told. @defaultValue 25 */
  readonly frameRate?: number;
  /** @defaultValue `yuv420p` */
  readonly pixelFormat?: string;
  readonly matrix?: "bt709" | "bt601" | "bt2020";
  readonly range?: "tv" | "pc";
  readonly tags?: {
    readonly range?: AVColorRange;
    readonly matrix?: AVColorSpace;
    readonly primaries?: AVColorPrimaries;
    readonly transfer?: AVColorTransferCharacteristic;
  };
  /** Width of a pixel over its height. */
  readonly pixelAspect?: readonly [number, number];
  /** The display matrix that a phone writes: a turn clockwise in degrees, or a mirror. */
  readonly turn?: 90 | 180 | 270 | "mirror";
  readonly interlaced?: boolean;
  readonly encoderOptions?: Readonly<Record<string, string>>;
  readonly muxerOptions?: Readonly<Record<string, string>>;
  /** Colour of a pixel, `[red, green, blue]` or with coverage, 0 to 255. */
  readonly draw: (x: number, y: number, frame: number) => readonly number[];
};

const MATRICES = {
  90: [0, 1, -1, 0],
  180: [-1, 0, 0, -1],
  270: [0, -1, 1, 0],
  mirror: [-1, 0, 0, 1],
} as const;

const check = (code: number): number => {
  FFmpegError.throwIfError(code);
  return code;
};

/** Writes a film to be read back. */
export async function encodeFilm(file: FilmFile): Promise<void> {
  const format = new FormatContext();
  check(format.allocOutputContext2(null, file.container, file.path));
  const context = openEncoder(file, ((format.oformat?.flags ?? 0) & AVFMT_GLOBALHEADER) !== 0);
  const stream = format.newStream(null);
  check(stream.codecpar.fromContext(context));
  stream.timeBase = context.timeBase;
  if (file.pixelAspect) stream.sampleAspectRatio = new Rational(...file.pixelAspect);
  if (file.turn) check(stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, displayMatrix(file)));
  check(await format.openOutput());
  check(await format.writeHeader(Dictionary.fromObject({ ...file.muxerOptions })));
  const packet = new Packet();
  packet.alloc();
  const durations = new Map<bigint, bigint>();
  const drain = (): void => {
    while (context.receivePacketSync(packet) >= 0) {
      packet.streamIndex = 0;
      // Without it the last picture lasts no time, and players leave it out.
      packet.duration = durations.get(packet.pts) ?? packet.duration;
      packet.rescaleTs(context.timeBase, stream.timeBase);
      check(format.interleavedWriteFrameSync(packet));
    }
  };
  for (const frame of drawFrames(file)) {
    durations.set(frame.pts, frame.duration);
    check(context.sendFrameSync(frame));
    drain();
  }
  check(context.sendFrameSync(null));
  drain();
  packet.free();
  context.freeContext();
  check(await format.writeTrailer());
  await format.closeOutput();
  format.freeContext();
}

function openEncoder(file: FilmFile, wantsHeader: boolean): CodecContext {
  const codec = Codec.findEncoderByName(file.codec as never)!;
  const { frameRate = 25, tags = {} } = file;
  const context = new CodecContext();
  context.allocContext3(codec);
  context.codecType = AVMEDIA_TYPE_VIDEO;
  context.width = file.width;
  context.height = file.height;
  const probe = drawFrames({ ...file, times: [0] }).next().value as Frame;
  context.pixelFormat = probe.format as AVPixelFormat;
  probe.free();
  // Many old codecs know no other clock than their frame rate.
  const isRegular = file.times.every((time, index) => Math.abs(time - (index * 1000) / frameRate) < 0.01);
  context.timeBase = isRegular ? new Rational(1, frameRate) : new Rational(1, 1000);
  context.framerate = new Rational(frameRate, 1);
  context.gopSize = 12;
  context.bitRate = 2_000_000n;
  context.threadCount = 2;
  if (file.pixelAspect) context.sampleAspectRatio = new Rational(...file.pixelAspect);
  if (tags.range !== undefined) context.colorRange = tags.range;
  if (tags.matrix !== undefined) context.colorSpace = tags.matrix;
  if (tags.primaries !== undefined) context.colorPrimaries = tags.primaries;
  if (tags.transfer !== undefined) context.colorTrc = tags.transfer;
  if (file.interlaced) context.setFlags(AV_CODEC_FLAG_INTERLACED_DCT);
  if (wantsHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  for (const [name, value] of Object.entries(file.encoderOptions ?? {}))
    check(context.setOption(name, value));
  check(context.open2Sync(codec, null));
  return context;
}

function* drawFrames(file: FilmFile): Generator<Frame> {
  const {
    width,
    height,
    times,
    frameRate = 25,
    pixelFormat = "yuv420p",
    matrix = "bt709",
    range = "tv",
  } = file;
  const isRegular = times.every((time, index) => Math.abs(time - (index * 1000) / frameRate) < 0.01);
  const chain = new FilterChain(
    {
      ...{ width, height, format: AV_PIX_FMT_RGBA, timeBase: { num: 1, den: 1000 } },
      ...{ colorSpace: AVCOL_SPC_RGB, colorRange: AVCOL_RANGE_JPEG },
    },
    [
      ["scale", `out_color_matrix=${matrix}:out_range=${range}:flags=accurate_rnd+full_chroma_int`],
      ["format", pixelFormat],
    ],
    1,
  );
  for (const [index, time] of times.entries()) {
    const picture = new Frame();
    picture.alloc();
    picture.format = AV_PIX_FMT_RGBA;
    picture.width = width;
    picture.height = height;
    check(picture.getBuffer(0));
    picture.pts = BigInt(Math.round(time));
    paint(picture, file, index);
    chain.add(picture);
    picture.free();
    const frame = chain.takeSync()!;
    frame.pts = isRegular ? BigInt(index) : BigInt(Math.round(time));
    const next = times[index + 1] ?? time + 1000 / frameRate;
    frame.duration = isRegular ? 1n : BigInt(Math.round(next - time));
    if (file.interlaced) frame.setFlags(AV_FRAME_FLAG_INTERLACED, AV_FRAME_FLAG_TOP_FIELD_FIRST);
    yield frame;
    frame.free();
  }
  chain.close();
}

function paint(picture: Frame, { width, height, draw }: FilmFile, index: number): void {
  const pixels = picture.data![0]!;
  const stride = picture.linesize[0]!;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [red = 0, green = 0, blue = 0, coverage = 255] = draw(x, y, index);
      pixels.set([red, green, blue, coverage], y * stride + x * 4);
    }
}

function displayMatrix({ turn, width, height }: FilmFile): Buffer {
  const [a, b, c, d] = MATRICES[turn!];
  const matrix = Buffer.alloc(36);
  const set = (at: number, value: number): unknown => matrix.writeInt32LE(value, at * 4);
  set(0, a * 65536);
  set(1, b * 65536);
  set(3, c * 65536);
  set(4, d * 65536);
  set(6, (Math.min(0, a * width) + Math.min(0, c * height)) * -65536);
  set(7, (Math.min(0, b * width) + Math.min(0, d * height)) * -65536);
  set(8, 2 ** 30);
  return matrix;
}
