import {
  AV_CODEC_ID_HEVC,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV422P10LE,
  AV_PIX_FMT_YUV444P,
  AV_PIX_FMT_YUV444P10LE,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ444P,
  AVCOL_RANGE_JPEG,
  AVMEDIA_TYPE_VIDEO,
} from "node-av/constants";
import { Codec, CodecContext, Frame, Packet } from "node-av/lib";
import type { HevcJob } from "../assets/index.js";
import { AssetError } from "../shared/errors.js";
import { checkNative } from "./native-call.js";

/** How the planes of a pixel format lie: chroma halved across and down, bits per sample. */
type Layout = {
  readonly halfWidth: boolean;
  readonly halfHeight: boolean;
  readonly bits: number;
  readonly gray: boolean;
};

const layout = (halfWidth: boolean, halfHeight: boolean, bits: number, gray = false): Layout => ({
  halfWidth,
  halfHeight,
  bits,
  gray,
});

const LAYOUTS = new Map<number, Layout>([
  [AV_PIX_FMT_GRAY8, layout(false, false, 8, true)],
  [AV_PIX_FMT_YUV420P, layout(true, true, 8)],
  [AV_PIX_FMT_YUVJ420P, layout(true, true, 8)],
  [AV_PIX_FMT_YUV422P, layout(true, false, 8)],
  [AV_PIX_FMT_YUVJ422P, layout(true, false, 8)],
  [AV_PIX_FMT_YUV444P, layout(false, false, 8)],
  [AV_PIX_FMT_YUVJ444P, layout(false, false, 8)],
  [AV_PIX_FMT_YUV420P10LE, layout(true, true, 10)],
  [AV_PIX_FMT_YUV422P10LE, layout(true, false, 10)],
  [AV_PIX_FMT_YUV444P10LE, layout(false, false, 10)],
]);

/** Weights of red and blue in the luma of each matrix (ITU-T H.273, table 4). */
const MATRICES = new Map<number, readonly [red: number, blue: number]>([
  [1, [0.2126, 0.0722]],
  [5, [0.299, 0.114]],
  [6, [0.299, 0.114]],
  [9, [0.2627, 0.0593]],
]);
/** Where neither file nor stream tells: BT.601, as cameras do. */
const USUAL_MATRIX = 6;

/**
 * Decodes pictures coded with HEVC, as in HEIC files, to interleaved RGB.
 *
 * @throws {@link AssetError} `image_load_error` when a picture is damaged or of another size than announced
 */
export async function decodeHevc(job: HevcJob): Promise<Uint8Array[]> {
  const decoder = Codec.findDecoder(AV_CODEC_ID_HEVC);
  if (decoder === null) throw damaged("there is no decoder for it");
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  try {
    return job.streams.map((stream) => decodePicture(stream, job, decoder, packet, frame));
  } finally {
    frame.free();
    packet.free();
  }
}

/** A context of its own for each: pictures of one file may have different parameter sets of the same number. */
function decodePicture(
  stream: Uint8Array,
  job: HevcJob,
  decoder: Codec,
  packet: Packet,
  frame: Frame,
): Uint8Array {
  const context = new CodecContext();
  context.allocContext3(decoder);
  context.codecType = AVMEDIA_TYPE_VIDEO;
  context.threadCount = 1;
  // A small file can announce a picture of gigabytes; some padding is usual.
  checkNative(
    context.setOption("max_pixels", (job.width + 256) * (job.height + 256)),
    "limiting the picture",
  );
  try {
    checkNative(context.open2Sync(decoder, null), "opening the picture decoder");
    packet.data = Buffer.from(stream);
    const sent = context.sendPacketSync(packet);
    packet.unref();
    if (sent < 0 || context.sendPacketSync(null) < 0 || context.receiveFrameSync(frame) < 0)
      throw damaged("it cannot be decoded");
    return toRgb(frame, job);
  } finally {
    frame.unref();
    context.freeContext();
  }
}

function toRgb(frame: Frame, { width, height, coding }: HevcJob): Uint8Array {
  const planes = frame.data;
  const kind = LAYOUTS.get(frame.format);
  if (planes === null || kind === undefined) throw damaged("its pixels are of an unusual kind");
  if (frame.width < width || frame.height < height) throw damaged("it is smaller than announced");
  const isFull = coding?.isFullRange ?? frame.colorRange === AVCOL_RANGE_JPEG;
  const [red, blue] =
    MATRICES.get(coding?.matrix ?? frame.colorSpace) ??
    MATRICES.get(frame.colorSpace) ??
    MATRICES.get(USUAL_MATRIX)!;
  const green = 1 - red - blue;
  const top = 2 ** (kind.bits - 8);
  const black = isFull ? 0 : 16 * top;
  const lumaGain = isFull ? 255 / (256 * top - 1) : 255 / (219 * top);
  const chromaGain = isFull ? lumaGain : 255 / (224 * top);
  const read = planes.map((plane, index) => sampleReader(plane, frame.linesize[index] ?? 0, kind.bits));
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    const cy = kind.halfHeight ? y >> 1 : y;
    for (let x = 0; x < width; x++, at += 3) {
      const cx = kind.halfWidth ? x >> 1 : x;
      const luma = (read[0]!(x, y) - black) * lumaGain;
      const u = kind.gray ? 0 : (read[1]!(cx, cy) - 128 * top) * chromaGain;
      const v = kind.gray ? 0 : (read[2]!(cx, cy) - 128 * top) * chromaGain;
      const r = luma + 2 * (1 - red) * v;
      const b = luma + 2 * (1 - blue) * u;
      rgb[at] = r;
      rgb[at + 1] = (luma - red * r - blue * b) / green;
      rgb[at + 2] = b;
    }
  }
  return new Uint8Array(rgb.buffer);
}

function sampleReader(plane: Buffer, stride: number, bits: number): (x: number, y: number) => number {
  return bits === 8
    ? (x, y) => plane[y * stride + x]!
    : (x, y) => plane[y * stride + 2 * x]! + 256 * plane[y * stride + 2 * x + 1]!;
}

function damaged(reason: string): AssetError {
  return new AssetError("image_load_error", `The picture is damaged: ${reason}. Save it as JPEG.`);
}
