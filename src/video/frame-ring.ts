import {
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import { Frame as NativeFrame } from "node-av/lib";
import type { Frame } from "../frames/index.js";
import { checkNative } from "./native-call.js";

/**
 * Hands drawn frames to the encoder without copying them.
 *
 * A native frame only points to the planes, so the planes must not be drawn over while the encoder reads.
 * Planes that lie one behind the other (y, u, v) are used in place; others are copied together first.
 */
export class FrameRing {
  /** By memory and offset, because memory that grows gets a new buffer. The bytes are kept alive here. */
  readonly #inPlace = new WeakMap<ArrayBufferLike, Map<number, NativeFrame>>();
  readonly #created: NativeFrame[] = [];
  readonly #copies: { bytes: Buffer; frame: NativeFrame }[] = [];
  #next = 0;

  /** @param slots - how many frames may be with the encoder at the same time */
  constructor(private readonly slots: number) {}

  /** The native view of a drawn frame, valid as long as the drawn one. */
  view(frame: Frame): NativeFrame {
    return isContiguous(frame) ? this.#viewInPlace(frame) : this.#viewOfCopy(frame);
  }

  /** Frees the native frames. */
  close(): void {
    for (const frame of this.#created.splice(0)) frame.free();
    this.#copies.length = 0;
  }

  #viewInPlace(frame: Frame): NativeFrame {
    const memory = frame.y.buffer;
    const known = this.#inPlace.get(memory) ?? new Map<number, NativeFrame>();
    this.#inPlace.set(memory, known);
    const existing = known.get(frame.y.byteOffset);
    if (existing) return existing;
    const bytes = Buffer.from(memory, frame.y.byteOffset, frameBytes(frame));
    const created = this.#create(frame, bytes);
    known.set(frame.y.byteOffset, created);
    return created;
  }

  #viewOfCopy(frame: Frame): NativeFrame {
    const index = this.#next++ % this.slots;
    let slot = this.#copies[index];
    if (!slot) {
      const bytes = Buffer.allocUnsafeSlow(frameBytes(frame));
      slot = { bytes, frame: this.#create(frame, bytes) };
      this.#copies[index] = slot;
    }
    slot.bytes.set(frame.y, 0);
    slot.bytes.set(frame.u, frame.y.length);
    slot.bytes.set(frame.v, frame.y.length + frame.u.length);
    return slot.frame;
  }

  #create(frame: Frame, bytes: Buffer): NativeFrame {
    const native = new NativeFrame();
    native.alloc();
    native.width = frame.width;
    native.height = frame.height;
    native.format = AV_PIX_FMT_YUV420P;
    native.colorRange = AVCOL_RANGE_MPEG;
    native.colorPrimaries = AVCOL_PRI_BT709;
    native.colorTrc = AVCOL_TRC_BT709;
    native.colorSpace = AVCOL_SPC_BT709;
    checkNative(native.fromBuffer(bytes), "wrapping a frame");
    this.#created.push(native);
    return native;
  }
}

function frameBytes(frame: Frame): number {
  return frame.y.length + frame.u.length + frame.v.length;
}

function isContiguous({ y, u, v }: Frame): boolean {
  return (
    y.buffer === u.buffer &&
    u.buffer === v.buffer &&
    u.byteOffset === y.byteOffset + y.byteLength &&
    v.byteOffset === u.byteOffset + u.byteLength
  );
}
