import type { Canvas } from "./apertures/aperture.js";
import type { Frame } from "./frame.js";
import type { Arena } from "./kernels/arena.js";
import type { PlaneTargets } from "./kernels/warp-planes.js";

/** A canvas and the frame that it becomes. */
export type Slot = Canvas & { readonly frame: Frame };

/** Size of a picture and of the cells that it is drawn by. */
export type SlotSize = {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Number of cells, even, and their side, pixels. */
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
};

/** Kernel memory that a slot takes at most. */
export function slotBytes(width: number, height: number, withAlpha: boolean): number {
  return (width + 32) * (height + 32) * (withAlpha ? 2.5 : 1.5) + (width + 32) * 64;
}

/**
 * Planes one behind the other, as encoders take them: y, u, v and, if wanted, a. Rows are padded to whole cells: the
 * padding of one plane lies in the next, which is drawn later. Where columns need padding too, the frame is packed
 * into memory of its own, by {@link finishFrame}.
 */
export function createSlot(
  arena: Arena,
  { width, height, columns, rows, cell }: SlotSize,
  withAlpha: boolean,
): Slot {
  const stride = columns * cell;
  const isPacked = stride !== width;
  const tall = isPacked ? rows * cell : height;
  const lumaBytes = stride * tall;
  const chromaBytes = (stride >> 1) * (tall >> 1);
  const alphaAt = lumaBytes + 2 * chromaBytes;
  const block = arena.bytes(alphaAt + (withAlpha ? lumaBytes : 0) + stride * cell * 3);
  const plane = (offset: number): { at: number; view: Uint8Array } => ({
    at: block.at + offset,
    view: new Uint8Array(block.view.buffer, block.at + offset),
  });
  const [pixels, quarter] = [width * height, (width * height) / 4];
  const packed = isPacked ? new Uint8Array(pixels * (withAlpha ? 2.5 : 1.5)) : null;
  const part = (packedAt: number, at: number, length: number): Uint8Array =>
    packed === null ? block.view.subarray(at, at + length) : packed.subarray(packedAt, packedAt + length);
  const y = part(0, 0, pixels);
  const u = part(pixels, lumaBytes, quarter);
  const v = part(pixels + quarter, lumaBytes + chromaBytes, quarter);
  const a = withAlpha ? part(pixels + 2 * quarter, alphaAt, pixels) : null;
  return {
    width,
    height,
    stride,
    y: plane(0),
    u: plane(lumaBytes),
    v: plane(lumaBytes + chromaBytes),
    ...(a === null ? {} : { a: plane(alphaAt) }),
    frame: { width, height, y, u, v, ...(a === null ? {} : { a }) },
  };
}

/** The frame of a slot that has been drawn. */
export function finishFrame(slot: Slot): Frame {
  const { frame, width, height, stride } = slot;
  if (stride === width) return frame;
  const pack = (from: Uint8Array, to: Uint8Array, step: 1 | 2): void => {
    const [wide, long] = [width / step, stride / step];
    for (let y = 0; y < height / step; y++) to.set(from.subarray(y * long, y * long + wide), y * wide);
  };
  pack(slot.y.view, frame.y, 1);
  pack(slot.u.view, frame.u, 2);
  pack(slot.v.view, frame.v, 2);
  if (slot.a !== undefined && frame.a !== undefined) pack(slot.a.view, frame.a, 1);
  return frame;
}

/** Where the kernels find a canvas. */
export function planesOf({ y, u, v, stride }: Canvas): PlaneTargets {
  return { y: y.at, u: u.at, v: v.at, stride };
}
