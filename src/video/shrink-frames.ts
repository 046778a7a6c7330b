import { SWS_ACCURATE_RND, SWS_AREA } from "node-av/constants";
import type { SoftwareScaleContext } from "node-av/lib";
import type { Frame } from "../frames/index.js";
import { asBuffer, createScaler } from "./frame-scaler.js";
import { checkNative } from "./native-call.js";

/** Makes small copies of frames, each pixel the mean of the pixels under it. */
export class FrameShrinker {
  #scaler: SoftwareScaleContext | null = null;
  #coverageScaler: SoftwareScaleContext | null = null;

  /** @param width, height - of the copies; even */
  constructor(
    private readonly width: number,
    private readonly height: number,
  ) {}

  shrink(frame: Frame): Frame {
    const { width, height } = this;
    const luma = width * height;
    const small = {
      ...{ width, height },
      ...{ y: new Uint8Array(luma), u: new Uint8Array(luma >> 2), v: new Uint8Array(luma >> 2) },
      ...(frame.a === undefined ? {} : { a: new Uint8Array(luma) }),
    };
    const half = frame.width >> 1;
    this.#scaler ??= this.#create(frame, "yuv420p");
    scale(this.#scaler, frame, [frame.y, frame.u, frame.v], [frame.width, half, half], {
      planes: [small.y, small.u, small.v],
      strides: [width, width >> 1, width >> 1],
    });
    if (frame.a !== undefined && small.a !== undefined) {
      this.#coverageScaler ??= this.#create(frame, "gray");
      scale(this.#coverageScaler, frame, [frame.a], [frame.width], { planes: [small.a], strides: [width] });
    }
    return small;
  }

  close(): void {
    this.#scaler?.freeContext();
    this.#coverageScaler?.freeContext();
    this.#scaler = null;
    this.#coverageScaler = null;
  }

  #create(frame: Frame, format: "yuv420p" | "gray"): SoftwareScaleContext {
    return createScaler({
      ...{ srcw: frame.width, srch: frame.height, dstw: this.width, dsth: this.height },
      ...{ src_format: format, dst_format: format, sws_flags: SWS_AREA | SWS_ACCURATE_RND },
      ...{ src_h_chr_pos: 0, src_v_chr_pos: 128, dst_h_chr_pos: 0, dst_v_chr_pos: 128 },
    });
  }
}

function scale(
  scaler: SoftwareScaleContext,
  frame: Frame,
  planes: readonly Uint8Array[],
  strides: number[],
  target: { planes: readonly Uint8Array[]; strides: number[] },
): void {
  const code = scaler.scaleSync(
    planes.map(asBuffer),
    strides,
    0,
    frame.height,
    target.planes.map(asBuffer),
    target.strides,
  );
  checkNative(code, "scaling a frame");
}
