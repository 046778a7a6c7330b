import type { Rig } from "../../portrait/index.js";
import type { Head } from "./head-box.js";
import type { Size } from "./photo-view.js";

/** How the person ends below, and where the photo cuts the person off; rows in photo pixels. */
export type PersonOutline = {
  /**
   * `cut`: a body that ends somewhere above the feet; `whole`: a figure with its feet; `head`: a head alone.
   */
  readonly kind: "cut" | "whole" | "head";
  /** Lowest row on which the person can stand in the frame: below it there is nothing, or only a narrow rest. */
  readonly base: number;
  /** True when the photo's upper border cuts hair or hat. */
  readonly isCutAbove: boolean;
  /** Rows from which on the photo's left and right borders cut the person; `Infinity` where they do not. */
  readonly cutLeftFrom: number;
  readonly cutRightFrom: number;
};

/** A figure this many head heights below the chin has its feet, and less than the other is no body. */
const FIGURE = 4.5;
const NECK = 0.35;
/** A body's lowest row is one that is at least this wide, in widths of its widest row: shapes are cut round below. */
const BASE_WIDTH = 0.6;
/** Share of a photo's side within which a person counts as touching its border. */
const TOUCH = 0.008;

/** Finds where a person ends, by the matte. Without one, a body that goes on below and is not cut elsewhere. */
export function outlinePerson(matte: Rig["matte"], head: Head, photo: Size): PersonOutline {
  const { width, height } = matte;
  if (width < 1 || height < 1)
    return {
      kind: "cut",
      base: photo.height,
      isCutAbove: false,
      cutLeftFrom: Infinity,
      cutRightFrom: Infinity,
    };
  const rowHeight = photo.height / height;
  const rows = measureRows(matte);
  const headHeight = head.bottom - head.top;
  const chin = Math.min(height - 1, Math.floor(head.bottom / rowHeight));
  let lowest = chin;
  let widest = 1;
  for (let r = chin; r < height; r++) {
    if (rows.count[r]! > 0) lowest = r;
    widest = Math.max(widest, rows.count[r]!);
  }
  let base = lowest;
  while (base > chin && rows.count[base]! < BASE_WIDTH * widest) base--;
  const below = ((lowest + 1) * rowHeight - head.bottom) / headHeight;
  const isWhole = below > FIGURE && lowest < height * (1 - TOUCH) - 1;
  const kind = isWhole ? "whole" : below < NECK && lowest < height - 1 ? "head" : "cut";
  const first = Math.ceil(TOUCH * width);
  const last = width - 1 - first;
  const firstCut = (isCut: (row: number) => boolean): number => {
    for (let r = 0; r <= base; r++) if (isCut(r)) return r * rowHeight;
    return Infinity;
  };
  return {
    kind,
    base: (kind === "cut" ? base + 1 : lowest + 1) * rowHeight,
    isCutAbove: rows.count[Math.ceil(TOUCH * height)]! > 0.1 * widest && head.top < 0.03 * photo.height,
    cutLeftFrom: firstCut((r) => rows.left[r]! <= first),
    cutRightFrom: firstCut((r) => rows.right[r]! >= last),
  };
}

/** Pixels of the person in each row, and the outermost ones. */
function measureRows({ data, width, height }: Rig["matte"]) {
  const count = new Uint16Array(height);
  const left = new Int32Array(height).fill(width);
  const right = new Int32Array(height).fill(-1);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      if (data[r * width + c]! <= 127) continue;
      count[r]!++;
      left[r] = Math.min(left[r]!, c);
      right[r] = c;
    }
  }
  return { count, left, right };
}
