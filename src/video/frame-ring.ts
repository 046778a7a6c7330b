import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P } from "node-av/constants";
import { Frame as NativeFrame } from "node-av/lib";
import type { Frame } from "../frames/index.js";
import { type FrameSource, tagColours } from "./frame-source.js";
import { checkNative } from "./native-call.js";

/**
 * Hands drawn frames to the encoder without copying them.
 *
 * A native frame only points to the planes, so the planes must not be drawn over while the encoder reads.
 * Planes that lie one behind the other (y, u, v and, where there is coverage, a) are used in place; others are copied
 * together first.
 */
export class FrameRing implements FrameSource {
  /** By memory and offset, because memory that grows gets a new buffer. The bytes are kept alive here. */
  readonly #inPlace = new WeakMap<ArrayBufferLike, Map<number, NativeFrame>>();
  readonly #created: NativeFrame[] = [];
  readonly #copies: { bytes: Buffer; frame: NativeFrame }[] = [];
  #next = 0;

  /**
   * @param slots - how many frames may be with the encoder at the same time
   * @param hasAlpha - whether coverage is handed on
   */
  constructor(
    private readonly slots: number,
    private readonly hasAlpha: boolean,
  ) {}

  view(frame: Frame): NativeFrame {
    const planes = this.#planesOf(frame);
    return areContiguous(planes) ? this.#viewInPlace(frame, planes) : this.#viewOfCopy(frame, planes);
  }

  close(): void {
    for (const frame of this.#created.splice(0)) frame.free();
    this.#copies.length = 0;
  }

  #planesOf({ y, u, v, a }: Frame): Uint8Array[] {
    if (!this.hasAlpha) return [y, u, v];
    if (a === undefined) throw new RangeError("a frame has no coverage, but the first one had");
    return [y, u, v, a];
  }

  #viewInPlace(frame: Frame, planes: readonly Uint8Array[]): NativeFrame {
    const memory = frame.y.buffer;
    const known = this.#inPlace.get(memory) ?? new Map<number, NativeFrame>();
    this.#inPlace.set(memory, known);
    const existing = known.get(frame.y.byteOffset);
    if (existing) return existing;
    const bytes = Buffer.from(memory, frame.y.byteOffset, bytesOf(planes));
    const created = this.#create(frame, bytes);
    known.set(frame.y.byteOffset, created);
    return created;
  }

  #viewOfCopy(frame: Frame, planes: readonly Uint8Array[]): NativeFrame {
    const index = this.#next++ % this.slots;
    let slot = this.#copies[index];
    if (!slot) {
      const bytes = Buffer.allocUnsafeSlow(bytesOf(planes));
      slot = { bytes, frame: this.#create(frame, bytes) };
      this.#copies[index] = slot;
    }
    let at = 0;
    for (const plane of planes) {
      slot.bytes.set(plane, at);
      at += plane.length;
    }
    return slot.frame;
  }

  #create(frame: Frame, bytes: Buffer): NativeFrame {
    const native = new NativeFrame();
    native.alloc();
    native.width = frame.width;
    native.height = frame.height;
    native.format = this.hasAlpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
    tagColours(native);
    checkNative(native.fromBuffer(bytes), "wrapping a frame");
    this.#created.push(native);
    return native;
  }
}

function bytesOf(planes: readonly Uint8Array[]): number {
  return planes.reduce((sum, plane) => sum + plane.length, 0);
}

/** Whether each plane begins where the one before it ends. */
function areContiguous(planes: readonly Uint8Array[]): boolean {
  return planes.every((plane, i) => {
    const before = planes[i - 1];
    if (before === undefined) return true;
    return plane.buffer === before.buffer && plane.byteOffset === before.byteOffset + before.byteLength;
  });
}
