import { EngineError } from "../../shared/errors.js";
import type { Canvas } from "../apertures/aperture.js";
import { createSlot, type Slot, type SlotSize, slotBytes } from "../canvas-slot.js";
import type { Frame } from "../frame.js";
import type { Arena } from "../kernels/arena.js";
import type { BackgroundFilm, NewBackground } from "../new-background.js";
import { fillChroma, lumaRow } from "../plate.js";
import { toYuv } from "../to-yuv.js";

/** What stands behind a person who was cut out, in kernel memory and with the layout of a canvas. */
export interface Scenery {
  /** Whether it is the same behind every frame. */
  readonly isStill: boolean;
  /** What stands behind the frame that was shown last. */
  readonly picture: Canvas;
  /** Fetches what stands behind a frame. */
  prepare(frame: number): Promise<void>;
  /** Changes {@link picture} to what stands behind a frame, which has been prepared. */
  show(frame: number): void;
}

/** Kernel memory that a background takes. */
export function sceneryBytes(background: NewBackground, width: number, height: number): number {
  const pictures = background.type === "nothing" ? 0 : background.type === "film" ? 2 : 1;
  return pictures * slotBytes(width, height, false);
}

/**
 * Lays a background out.
 *
 * @param first - the first frame, where it is a film
 */
export function createScenery(
  background: Exclude<NewBackground, { type: "nothing" }>,
  first: Frame | null,
  arena: Arena,
  size: SlotSize,
): Scenery {
  if (background.type === "film") return new FilmScenery(background.film, first, arena, size);
  const picture = createSlot(arena, size, false);
  if (background.type === "color") fillWithColour(picture, background.rgb);
  else fillWithPicture(picture, background.rgb);
  return { isStill: true, picture, prepare: () => Promise.resolve(), show: () => {} };
}

/** A film's frames, copied, because the film may overwrite them while the frame before is drawn. */
class FilmScenery implements Scenery {
  readonly isStill = false;
  private readonly pictures: readonly [Slot, Slot];
  private readonly held: [number, number] = [-1, -1];
  private shown = 0;

  constructor(
    private readonly film: BackgroundFilm,
    first: Frame | null,
    arena: Arena,
    size: SlotSize,
  ) {
    this.pictures = [createSlot(arena, size, false), createSlot(arena, size, false)];
    if (first !== null) this.hold(0, first);
  }

  get picture(): Canvas {
    return this.pictures[this.shown]!;
  }

  async prepare(frame: number): Promise<void> {
    if (this.held[frame & 1] !== frame) this.hold(frame, await this.film.frame(frame));
  }

  show(frame: number): void {
    this.shown = frame & 1;
    if (this.held[this.shown] !== frame) {
      throw new EngineError("internal_server_error", `What stands behind frame ${frame} was not prepared.`);
    }
  }

  private hold(index: number, frame: Frame): void {
    copyFrame(this.pictures[index & 1]!, frame);
    this.held[index & 1] = index;
  }
}

function copyFrame(slot: Slot, frame: Frame): void {
  const { width, height, stride } = slot;
  const copy = (from: Uint8Array, to: Uint8Array, step: 1 | 2): void => {
    const [wide, long, rows] = [width / step, stride / step, height / step];
    if (wide === long) to.set(from.subarray(0, wide * rows));
    else for (let y = 0; y < rows; y++) to.set(from.subarray(y * wide, (y + 1) * wide), y * long);
  };
  copy(frame.y, slot.y.view, 1);
  copy(frame.u, slot.u.view, 2);
  copy(frame.v, slot.v.view, 2);
}

function fillWithColour({ y, u, v, stride, height }: Slot, rgb: readonly [number, number, number]): void {
  const colour = toYuv(rgb).map((value) => Math.floor(value + 0.5));
  y.view.fill(colour[0]!, 0, stride * height);
  u.view.fill(colour[1]!, 0, (stride * height) / 4);
  v.view.fill(colour[2]!, 0, (stride * height) / 4);
}

function fillWithPicture(slot: Slot, rgb: Uint8Array): void {
  const { width, height } = slot;
  const line = new Float32Array(width);
  const y = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    lumaRow(rgb, width, row, line);
    for (let x = 0; x < width; x++) y[row * width + x] = line[x]! + 0.5;
  }
  const u = new Uint8Array((width * height) / 4);
  const v = new Uint8Array((width * height) / 4);
  fillChroma(rgb, width, height, u, v);
  copyFrame(slot, { width, height, y, u, v });
}
