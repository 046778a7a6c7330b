import {
  AV_PIX_FMT_YUV444P10LE,
  AV_PIX_FMT_YUVA444P10LE,
  SWS_ACCURATE_RND,
  SWS_BILINEAR,
} from "node-av/constants";
import { Frame as NativeFrame, type SoftwareScaleContext } from "node-av/lib";
import type { Frame } from "../frames/index.js";
import { EngineError } from "../shared/errors.js";
import { asBuffer, createScaler } from "./frame-scaler.js";
import { type FrameSource, tagColours } from "./frame-source.js";
import { checkNative } from "./native-call.js";

/** 10-bit coverage of 8-bit coverage: 0 stays nothing, and 255 becomes 1023, all of it. */
const DEEP_COVERAGE = Uint16Array.from({ length: 256 }, (_, value) => (value << 2) | (value >> 6));

/**
 * Turns drawn frames into 4:4:4 with 10 bits, for ProRes. Every frame gets memory of its own, which the encoder frees when it
 * is done: it works on several at a time, and drawn ones may be drawn over meanwhile.
 */
export class DeepFrames implements FrameSource {
  readonly #frame = new NativeFrame();
  #scaler: SoftwareScaleContext | null = null;

  constructor() {
    this.#frame.alloc();
  }

  async view(frame: Frame): Promise<NativeFrame> {
    const { width, height } = frame;
    const deep = this.#frame;
    deep.unref();
    deep.width = width;
    deep.height = height;
    deep.format = frame.a ? AV_PIX_FMT_YUVA444P10LE : AV_PIX_FMT_YUV444P10LE;
    tagColours(deep);
    checkNative(deep.getBuffer(0), "allocating a frame");
    const planes = deep.data;
    const strides = deep.linesize;
    if (!planes) throw new EngineError("internal_server_error", "The media library gave no frame buffer.");
    const half = width >> 1;
    this.#scaler ??= createDeepener(width, height);
    const scaled = this.#scaler.scale(
      [asBuffer(frame.y), asBuffer(frame.u), asBuffer(frame.v)],
      [width, half, half],
      0,
      height,
      planes.slice(0, 3),
      strides.slice(0, 3),
    );
    if (frame.a) deepenCoverage(frame.a, width, height, planes[3]!, strides[3]!);
    checkNative(await scaled, "converting a frame");
    return deep;
  }

  close(): void {
    this.#frame.free();
    this.#scaler?.freeContext();
    this.#scaler = null;
  }
}

/** Chroma samples lie on the left pixels, in the middle of two rows. */
function createDeepener(width: number, height: number): SoftwareScaleContext {
  return createScaler({
    ...{ srcw: width, srch: height, dstw: width, dsth: height, src_range: 0, dst_range: 0 },
    ...{ src_format: "yuv420p", dst_format: "yuv444p10le", sws_flags: SWS_BILINEAR | SWS_ACCURATE_RND },
    ...{ src_h_chr_pos: 0, src_v_chr_pos: 128 },
  });
}

function deepenCoverage(a: Uint8Array, width: number, height: number, plane: Buffer, stride: number): void {
  const target = new Uint16Array(plane.buffer, plane.byteOffset, (stride >> 1) * height);
  for (let row = 0; row < height; row++) {
    const start = row * (stride >> 1);
    for (let x = 0; x < width; x++) target[start + x] = DEEP_COVERAGE[a[row * width + x]!]!;
  }
}
