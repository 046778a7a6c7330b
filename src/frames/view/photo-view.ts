import type { RequestExtras } from "../../request/index.js";
import { clamp } from "../../shared/numeric.js";
import type { Head } from "./head-box.js";

/** A part of the plane in which the photo lies, photo pixels. It may reach beyond the photo. */
export type View = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

/** Size of a photo, pixels. */
export type Size = { readonly width: number; readonly height: number };

/** Free space that must stay round the head, in head sizes. It also holds the head's own motion. */
export const MARGIN = { top: 0.08, bottom: 0.2, side: 0.05 } as const;

/**
 * Shares of the margins: all of them; so much that nothing has to be shown beyond the photo; and what is kept where that
 * is still needed. A narrow strip of continuation is hardly seen.
 */
const WHOLE = { top: 1, bottom: 1, side: 1 } as const;
const ENOUGH = { top: 0.4, bottom: 0.6, side: 0.2 } as const;
const BEYOND = { top: 0.7, bottom: 0.7, side: 0.3 } as const;

/** Where the eyes lie when nothing prevents it: a little below the upper third, as portraits are framed. */
const EYE_HEIGHT = 0.37;

/** Headroom that is kept when the photo has it, and that is not exceeded for the eyes' sake; shares of the video's height. */
const HEADROOM = 0.06;
const MOST_HEADROOM = 0.12;

/** A head smaller than this share of the video's height is brought nearer, because its lips could not be read. */
export const SMALLEST_HEAD = 0.22;

/**
 * Which part of a photo with its own background is shown: as much of the photo as fills the video where that keeps the
 * head whole and its lips readable. Where a whole head needs more, the view reaches beyond the photo on two opposite
 * sides, by as little as possible.
 *
 * @param ratio - width over height of the video
 */
export function choosePhotoView(head: Head, photo: Size, ratio: number, fit: RequestExtras["fit"]): View {
  const width = chooseWidth(head, photo, ratio, fit);
  const height = width / ratio;
  return {
    left: placeHorizontally(head, photo.width, width),
    top:
      height >= photo.height
        ? (photo.height - height) / 2
        : clamp(wantedTop(head, height), 0, photo.height - height),
    width,
    height,
  };
}

function chooseWidth(head: Head, photo: Size, ratio: number, fit: RequestExtras["fit"]): number {
  const cover = Math.min(photo.width, photo.height * ratio);
  const contain = Math.max(photo.width, photo.height * ratio);
  if (fit === "cover") return cover;
  if (fit === "contain") return contain;
  if (cover < narrowestView(head, photo, ratio, ENOUGH)) return narrowestView(head, photo, ratio, BEYOND);
  const smallest = Math.min(cover, narrowestView(head, photo, ratio, WHOLE));
  const nearEnough = ((head.bottom - head.top) / SMALLEST_HEAD) * ratio;
  return Math.max(smallest, Math.min(cover, nearEnough));
}

/** Width of the smallest view that holds the head with a share of its margins, as far as the photo reaches. */
function narrowestView(
  head: Head,
  photo: Size,
  ratio: number,
  share: Record<keyof typeof MARGIN, number>,
): number {
  const width = head.right - head.left;
  const height = head.bottom - head.top;
  // Beyond the photo's edge there is nothing to be kept.
  const left = Math.max(0, head.left - share.side * MARGIN.side * width);
  const right = Math.min(photo.width, head.right + share.side * MARGIN.side * width);
  const top = Math.max(0, head.top - share.top * MARGIN.top * height);
  const bottom = Math.min(photo.height, head.bottom + share.bottom * MARGIN.bottom * height);
  return Math.max(right - left, (bottom - top) * ratio);
}

function placeHorizontally(head: Head, photoWidth: number, viewWidth: number): number {
  if (viewWidth >= photoWidth) return (photoWidth - viewWidth) / 2;
  return clamp((head.left + head.right) / 2 - viewWidth / 2, 0, photoWidth - viewWidth);
}

/** Top of a view of this height that places head and eyes well, wherever the photo ends. */
export function wantedTop(head: Head, viewHeight: number): number {
  const headHeight = head.bottom - head.top;
  const highest = head.bottom + MARGIN.bottom * headHeight - viewHeight;
  const lowest = head.top - Math.max(MARGIN.top * headHeight, HEADROOM * viewHeight);
  if (highest <= lowest) {
    const wanted = Math.max(head.eyeY - EYE_HEIGHT * viewHeight, head.top - MOST_HEADROOM * viewHeight);
    return clamp(wanted, highest, lowest);
  }
  const free = viewHeight - headHeight;
  // Too little room for the margins: share what there is. No room for the head (`cover`): rather cut hair than chin.
  return head.top - free * (free >= 0 ? MARGIN.top / (MARGIN.top + MARGIN.bottom) : 0.85);
}
