import { clamp } from "../../shared/numeric.js";
import type { Head } from "./head-box.js";
import type { PersonOutline } from "./person-outline.js";
import { MARGIN, type Size, SMALLEST_HEAD, type View, wantedTop } from "./photo-view.js";

/** What a person who was cut out stands in: the video's ratio (width over height) and height, pixels. */
export type FreeFrame = { readonly ratio: number; readonly height: number };

/** Headroom over a body that goes on below the frame, and room around figures and heads; shares of the height. */
const HEADROOM = 0.1;
const AROUND_FIGURE = 0.055;
const AROUND_HEAD = 0.14;
/** A whole figure is shown with a head as small as this share of the video's height. */
const SMALLEST_HEAD_OF_FIGURE = 0.11;
/** From this share of the height on a head seems too near. */
const LARGEST_HEAD = 0.5;
/** The head may be this far off the middle, as a share of the width, to hide that a shoulder is cut. */
const MOST_SHIFT = 0.1;
/** A cut shoulder this far inside the frame, as a share of the width, can be continued without being noticed. */
const CONTINUED = 0.03;
/** What it costs to show less of the person, as compared with cut shoulders. */
const LESS = 0.3;
/** Smaller sizes that are compared with the largest. */
const SIZES = 24;

/**
 * Which part of the plane is shown of a person who stands before a new background. Nothing has to be filled beyond the
 * photo then, but wherever the photo cuts the person off, the frame should do so too: a body that is cut below stands
 * on the frame's lower border, shoulders that are cut beside lie outside where that is possible, and hair that is cut
 * above lies at the upper border. A whole figure is shown whole.
 */
export function chooseFreeView(head: Head, person: PersonOutline, photo: Size, frame: FreeFrame): View {
  const least = smallestHeight(head, person, frame.ratio);
  const most = Math.max(least, largestHeight(head, person));
  let best = placeView(head, person, photo, most, frame.ratio);
  let lowest = judge(best, head, person, photo, frame);
  for (let i = 1; i <= SIZES; i++) {
    const height = most + ((least - most) * i) / SIZES;
    const view = placeView(head, person, photo, height, frame.ratio);
    const cost = judge(view, head, person, photo, frame) + LESS * (1 - height / most);
    if (cost < lowest) {
      lowest = cost;
      best = view;
    }
  }
  return best;
}

function smallestHeight(head: Head, person: PersonOutline, ratio: number): number {
  const headHeight = head.bottom - head.top;
  const above = person.isCutAbove ? 0 : MARGIN.top * headHeight;
  const below = person.kind === "head" ? MARGIN.top * headHeight : MARGIN.bottom * headHeight;
  const room = person.kind === "cut" ? Math.min(below, Math.max(0, person.base - head.bottom)) : below;
  const width = (head.right - head.left) * (1 + 2 * MARGIN.side);
  return Math.max(above + headHeight + room, width / ratio);
}

function largestHeight(head: Head, person: PersonOutline): number {
  const headHeight = head.bottom - head.top;
  const all = person.base - head.top;
  if (person.kind === "whole")
    return Math.min(all / (1 - 2 * AROUND_FIGURE), headHeight / SMALLEST_HEAD_OF_FIGURE);
  if (person.kind === "head") return all / (1 - 2 * AROUND_HEAD);
  const headroom = person.isCutAbove ? 0 : HEADROOM;
  return Math.min(all / (1 - headroom), headHeight / SMALLEST_HEAD);
}

function placeView(head: Head, person: PersonOutline, photo: Size, height: number, ratio: number): View {
  const width = height * ratio;
  const top = placeVertically(head, person, height);
  const centre = (head.left + head.right) / 2 - width / 2;
  const allowed = CONTINUED * width;
  const toRight = top + height > person.cutLeftFrom ? -allowed : -Infinity;
  const toLeft = top + height > person.cutRightFrom ? photo.width - width + allowed : Infinity;
  // Off the middle only where that hides the cut: else it would be two faults instead of one.
  const left = toRight > toLeft ? centre : clamp(centre, toRight, toLeft);
  return { left: Math.abs(left - centre) <= MOST_SHIFT * width ? left : centre, top, width, height };
}

function placeVertically(head: Head, person: PersonOutline, height: number): number {
  if (person.kind === "head") return (head.top + person.base - height) / 2;
  if (person.kind === "whole") {
    const lowest = person.base + AROUND_FIGURE * height - height;
    if (lowest <= head.top - AROUND_FIGURE * height + 1) return lowest;
  }
  const top = wantedTop(head, height);
  return Math.min(person.isCutAbove ? Math.max(0, top) : top, person.base - height);
}

/** How unnatural a view is; 0 is best. */
function judge(view: View, head: Head, person: PersonOutline, photo: Size, frame: FreeFrame): number {
  const bottom = view.top + view.height;
  const seen = (from: number): number => clamp((bottom - from) / view.height, 0, 1);
  const inside = (beyond: number): number => Math.max(0, beyond / view.width - CONTINUED);
  const cutShoulders =
    inside(-view.left) * seen(person.cutLeftFrom) +
    inside(view.left + view.width - photo.width) * seen(person.cutRightFrom);
  const share = (head.bottom - head.top) / view.height;
  const scale = frame.height / view.height;
  return 4 * cutShoulders + 3 * Math.max(0, share - LARGEST_HEAD) + 0.2 * Math.max(0, scale - 1);
}
