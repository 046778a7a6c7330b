import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AV_CHANNEL_LAYOUT_5POINT1,
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_YUV420P,
  AV_SAMPLE_FMT_FLTP,
  AVFMT_GLOBALHEADER,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  FFmpegError,
  FormatContext,
  Frame,
  Packet,
  Rational,
  SoftwareResampleContext,
} from "node-av/lib";

/** How a recording is to be stored, by FFmpeg's names. */
export type SoundFile = {
  readonly container: string;
  /** The container's own when absent. Null for a video without sound. */
  readonly codec?: string | null;
  /** Encoder of a grey picture that is added. */
  readonly video?: string;
  /** Hertz. @defaultValue 48000 */
  readonly sampleRate?: number;
  readonly bitRate?: number;
};

const LAYOUTS = { 1: AV_CHANNEL_LAYOUT_MONO, 2: AV_CHANNEL_LAYOUT_STEREO, 6: AV_CHANNEL_LAYOUT_5POINT1 };
const FRAME_RATE = 25;

const check = (code: number): number => {
  FFmpegError.throwIfError(code);
  return code;
};

/** Encodes planar channels (1, 2 or 6 of them, of equal length) and gives the bytes of the file. */
export async function encodeSound(channels: readonly Float32Array[], file: SoundFile): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), "parlante-sound-"));
  const path = join(directory, "sound");
  const format = new FormatContext();
  try {
    check(format.allocOutputContext2(null, file.container, path));
    const tracks: Track[] = [];
    const wantsHeader = ((format.oformat?.flags ?? 0) & AVFMT_GLOBALHEADER) !== 0;
    const seconds = (channels[0]?.length ?? 0) / (file.sampleRate ?? 48_000);
    if (file.video) tracks.push(openVideo(file.video, wantsHeader, seconds));
    if (file.codec !== null) tracks.push(openSound(channels, file, wantsHeader));
    const streams = tracks.map(({ context }) => {
      const stream = format.newStream(null);
      check(stream.codecpar.fromContext(context));
      stream.timeBase = context.timeBase;
      return stream;
    });
    check(await format.openOutput());
    check(await format.writeHeader(null));
    const packet = new Packet();
    packet.alloc();
    for (const [index, { context, frames }] of tracks.entries()) {
      const drain = () => {
        while (context.receivePacketSync(packet) >= 0) {
          packet.streamIndex = index;
          packet.rescaleTs(context.timeBase, streams[index]!.timeBase);
          check(format.interleavedWriteFrameSync(packet));
        }
      };
      for (const frame of frames()) {
        check(await context.sendFrame(frame));
        drain();
      }
      check(await context.sendFrame(null));
      drain();
      context.freeContext();
    }
    packet.free();
    check(await format.writeTrailer());
    await format.closeOutput();
    return await readFile(path);
  } finally {
    await format.closeOutput();
    format.freeContext();
    await rm(directory, { recursive: true, force: true });
  }
}

type Track = { readonly context: CodecContext; readonly frames: () => Generator<Frame> };

function openSound(channels: readonly Float32Array[], file: SoundFile, wantsHeader: boolean): Track {
  const { sampleRate = 48_000, bitRate = 64_000 * channels.length } = file;
  const codec = Codec.findEncoderByName((file.codec ?? "pcm_s16le") as never)!;
  const context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = sampleRate;
  const sampleFormat = codec.sampleFormats?.[0] ?? AV_SAMPLE_FMT_FLTP;
  context.sampleFormat = sampleFormat;
  const layout = LAYOUTS[channels.length as keyof typeof LAYOUTS];
  context.channelLayout = layout;
  context.bitRate = BigInt(bitRate);
  context.timeBase = new Rational(1, sampleRate);
  context.setOption("strict", "-2");
  if (wantsHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(context.open2Sync(codec, null));
  const converter = new SoftwareResampleContext();
  check(converter.allocSetOpts2(layout, sampleFormat, sampleRate, layout, AV_SAMPLE_FMT_FLTP, sampleRate));
  check(converter.init());
  const size = context.frameSize > 0 ? context.frameSize : 1024;
  const makeFrame = (format: typeof sampleFormat, length: number, position: number): Frame => {
    const frame = new Frame();
    frame.alloc();
    frame.format = format;
    frame.nbSamples = length;
    frame.sampleRate = sampleRate;
    frame.channelLayout = layout;
    check(frame.getBuffer(0));
    frame.pts = BigInt(position);
    return frame;
  };
  return {
    context,
    *frames() {
      const total = channels[0]!.length;
      for (let position = 0; position < total; position += size) {
        const length = Math.min(size, total - position);
        const planar = makeFrame(AV_SAMPLE_FMT_FLTP, length, position);
        channels.forEach((samples, channel) => {
          const plane = planar.data![channel]!;
          new Float32Array(plane.buffer, plane.byteOffset, length).set(
            samples.subarray(position, position + length),
          );
        });
        const frame = makeFrame(sampleFormat, length, position);
        check(converter.convertFrame(frame, planar));
        yield frame;
        planar.free();
        frame.free();
      }
      converter.free();
    },
  };
}

function openVideo(name: string, wantsHeader: boolean, seconds: number): Track {
  const codec = Codec.findEncoderByName(name as never)!;
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = 64;
  context.height = 48;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1, FRAME_RATE);
  context.framerate = new Rational(FRAME_RATE, 1);
  context.bitRate = 200_000n;
  if (wantsHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(context.open2Sync(codec, null));
  return {
    context,
    *frames() {
      for (let index = 0; index < Math.max(1, Math.round(seconds * FRAME_RATE)); index++) {
        const frame = new Frame();
        frame.alloc();
        frame.format = AV_PIX_FMT_YUV420P;
        frame.width = context.width;
        frame.height = context.height;
        check(frame.getBuffer(0));
        for (const plane of frame.data!) plane.fill(100 + (index % 20));
        frame.pts = BigInt(index);
        yield frame;
        frame.free();
      }
    },
  };
}
