import type { Photo } from "../assets/index.js";
import type { Rig } from "../portrait/index.js";
import type { AspectRatio, RequestExtras, Resolution } from "../request/index.js";
import { clamp } from "../shared/numeric.js";
import type { Framing } from "./framing.js";

/** What the video shall be like. */
export type FramingOptions = {
  readonly resolution: Resolution;
  readonly aspectRatio: AspectRatio;
  /** `cover` fills the video with photo, `contain` shows all of the photo; `null` chooses what keeps the head whole. */
  readonly fit: RequestExtras["fit"];
};

/** Short edge of each preset, pixels. */
const SHORT_EDGE: Record<Resolution, number> = {
  "360p": 360,
  "480p": 480,
  "540p": 540,
  "720p": 720,
  "1080p": 1080,
};

/** Width over height. */
const RATIO: Record<Exclude<AspectRatio, "auto">, number> = {
  "16:9": 16 / 9,
  "9:16": 9 / 16,
  "1:1": 1,
  "4:5": 4 / 5,
  "5:4": 5 / 4,
};

/** Free space that must stay round the head, in head sizes. It also holds the head's own motion. */
const MARGIN = { top: 0.08, bottom: 0.14, side: 0.05 } as const;

/** Share of the margins that may be given up to do without a continuation beyond the photo. */
const GIVE = 0.6;

/** Where the eyes lie when nothing prevents it: a little below the upper third, as portraits are framed. */
const EYE_HEIGHT = 0.37;

/** Headroom that is kept when the photo has it, as a share of the video's height. */
const HEADROOM = 0.06;

/** A head smaller than this share of the video's height is brought nearer, because its lips could not be read. */
const SMALLEST_HEAD = 0.2;

/** Beyond this enlargement the picture is visibly soft. */
const SOFT_SCALE = 2;

/** A rectangle in photo pixels. */
type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/**
 * Decides which part of the photo the video shows.
 *
 * The head always stays whole. The photo is never stretched. It is cropped where the head allows; where it does
 * not, the video reaches beyond the photo on two opposite sides by as little as possible.
 */
export function planFraming(
  rig: Pick<Rig, "landmarks" | "matte">,
  photo: Pick<Photo, "width" | "height">,
  options: FramingOptions,
): Framing {
  const { width, height } = videoSize(options.resolution, options.aspectRatio, photo.width / photo.height);
  const head = headBox(rig, photo);
  const eyeY = (rig.landmarks[LEFT_IRIS * 3 + 1]! + rig.landmarks[RIGHT_IRIS * 3 + 1]!) / 2;
  const viewWidth = chooseViewWidth(head, photo, width / height, options.fit);
  const viewHeight = (viewWidth * height) / width;
  const scale = width / viewWidth;
  return {
    width,
    height,
    left: placeHorizontally(head, photo.width, viewWidth),
    top: placeVertically(head, eyeY, photo.height, viewHeight),
    scale,
    warnings: scale > SOFT_SCALE ? [softWarning(scale, width, height, viewWidth, viewHeight)] : [],
  };
}

/**
 * Size of the video in pixels, both even. `auto` keeps the photo's ratio up to 16:9 either way.
 *
 * @param photoRatio - width over height
 */
export function videoSize(
  resolution: Resolution,
  aspectRatio: AspectRatio,
  photoRatio: number,
): { width: number; height: number } {
  const short = SHORT_EDGE[resolution];
  const ratio = aspectRatio === "auto" ? clamp(photoRatio, RATIO["9:16"], RATIO["16:9"]) : RATIO[aspectRatio];
  return ratio >= 1
    ? { width: even(short * ratio), height: short }
    : { width: short, height: even(short / ratio) };
}

function even(length: number): number {
  return 2 * Math.round(length / 2);
}

// Mesh points: top of the forehead, chin, irises.
const FOREHEAD = 10;
const CHIN = 152;
const LEFT_IRIS = 468;
const RIGHT_IRIS = 473;

/** The whole head with hair and ears, as far as the photo has it. */
function headBox(
  { landmarks, matte }: Pick<Rig, "landmarks" | "matte">,
  photo: { width: number; height: number },
): Box {
  const face = faceBox(landmarks);
  const x = (index: number) => landmarks[index * 3]!;
  const y = (index: number) => landmarks[index * 3 + 1]!;
  // From chin to forehead: 0.28 of it is hair on a usual head, and the direction follows a tilted head.
  const upX = x(FOREHEAD) - x(CHIN);
  const upY = y(FOREHEAD) - y(CHIN);
  const faceHeight = Math.sqrt(upX * upX + upY * upY);
  const crownX = x(FOREHEAD) + 0.28 * upX;
  const crownY = y(FOREHEAD) + 0.28 * upY;
  const sideX = 0.14 * (face.right - face.left);
  const guess = {
    left: Math.min(face.left - sideX, crownX - 0.3 * faceHeight),
    right: Math.max(face.right + sideX, crownX + 0.3 * faceHeight),
    top: Math.min(face.top, crownY),
    bottom: face.bottom,
  };
  const eyeY = (y(LEFT_IRIS) + y(RIGHT_IRIS)) / 2;
  const hair = hairBox(matte, photo, face, { limitTop: face.top - 0.8 * faceHeight, eyeY }) ?? guess;
  return {
    left: clamp(Math.min(guess.left, hair.left), 0, photo.width),
    right: clamp(Math.max(guess.right, hair.right), 0, photo.width),
    top: clamp(Math.min(guess.top, hair.top), 0, photo.height),
    bottom: clamp(guess.bottom, 0, photo.height),
  };
}

function faceBox(landmarks: Float32Array): Box {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (let i = 0; i < landmarks.length; i += 3) {
    left = Math.min(left, landmarks[i]!);
    right = Math.max(right, landmarks[i]!);
    top = Math.min(top, landmarks[i + 1]!);
    bottom = Math.max(bottom, landmarks[i + 1]!);
  }
  return { left, top, right, bottom };
}

/** Hair further out than this, in face widths, is a hairdo that may be cut, or somebody else's. */
const HAIR_REACH = 0.3;

/** What the matte says about the hair: rows from the face upwards as long as there is hair, and their width down to the eyes. */
function hairBox(
  matte: Rig["matte"],
  photo: { width: number; height: number },
  face: Box,
  { limitTop, eyeY }: { limitTop: number; eyeY: number },
): Omit<Box, "bottom"> | null {
  if (matte.width < 1 || matte.height < 1) return null;
  const column = (x: number) => clamp(Math.floor((x / photo.width) * matte.width), 0, matte.width - 1);
  const row = (y: number) => clamp(Math.floor((y / photo.height) * matte.height), 0, matte.height - 1);
  const isPerson = (r: number, c: number) => matte.data[r * matte.width + c]! > 127;
  const first = column(face.left);
  const last = column(face.right);
  const reach = HAIR_REACH * (face.right - face.left);
  const firstHair = column(face.left - reach);
  const lastHair = column(face.right + reach);
  let top = row(face.top);
  let left = first;
  let right = last;
  for (let r = row(eyeY); r >= row(limitTop); r--) {
    let covered = 0;
    for (let c = first; c <= last; c++) if (isPerson(r, c)) covered++;
    // Fewer than one in twenty is noise, or a wisp of hair that may be cut.
    if (covered * 20 < last - first + 1) break;
    top = Math.min(top, r);
    while (left > firstHair && isPerson(r, left - 1)) left--;
    while (right < lastHair && isPerson(r, right + 1)) right++;
  }
  return {
    left: (left / matte.width) * photo.width,
    right: ((right + 1) / matte.width) * photo.width,
    top: (top / matte.height) * photo.height,
  };
}

/** Width of the part of the plane that the video shows, photo pixels. */
function chooseViewWidth(
  head: Box,
  photo: { width: number; height: number },
  ratio: number,
  fit: FramingOptions["fit"],
): number {
  const cover = Math.min(photo.width, photo.height * ratio);
  const contain = Math.max(photo.width, photo.height * ratio);
  if (fit === "cover") return cover;
  if (fit === "contain") return contain;
  if (cover < narrowestView(head, photo, ratio, 1 - GIVE)) return narrowestView(head, photo, ratio, 1);
  const smallest = Math.min(cover, narrowestView(head, photo, ratio, 1));
  const nearEnough = ((head.bottom - head.top) / SMALLEST_HEAD) * ratio;
  return Math.max(smallest, Math.min(cover, nearEnough));
}

/** Width of the smallest view that holds the head with `share` of its margins, as far as the photo reaches. */
function narrowestView(
  head: Box,
  photo: { width: number; height: number },
  ratio: number,
  share: number,
): number {
  const width = head.right - head.left;
  const height = head.bottom - head.top;
  // Beyond the photo's edge there is nothing to be kept.
  const left = Math.max(0, head.left - share * MARGIN.side * width);
  const right = Math.min(photo.width, head.right + share * MARGIN.side * width);
  const top = Math.max(0, head.top - share * MARGIN.top * height);
  const bottom = Math.min(photo.height, head.bottom + share * MARGIN.bottom * height);
  return Math.max(right - left, (bottom - top) * ratio);
}

function placeHorizontally(head: Box, photoWidth: number, viewWidth: number): number {
  if (viewWidth >= photoWidth) return (photoWidth - viewWidth) / 2;
  return clamp((head.left + head.right) / 2 - viewWidth / 2, 0, photoWidth - viewWidth);
}

function placeVertically(head: Box, eyeY: number, photoHeight: number, viewHeight: number): number {
  if (viewHeight >= photoHeight) return (photoHeight - viewHeight) / 2;
  return clamp(wantedTop(head, eyeY, viewHeight), 0, photoHeight - viewHeight);
}

function wantedTop(head: Box, eyeY: number, viewHeight: number): number {
  const headHeight = head.bottom - head.top;
  const highest = head.bottom + MARGIN.bottom * headHeight - viewHeight;
  const lowest = head.top - Math.max(MARGIN.top * headHeight, HEADROOM * viewHeight);
  if (highest <= lowest) return clamp(eyeY - EYE_HEIGHT * viewHeight, highest, lowest);
  const free = viewHeight - headHeight;
  // Too little room for the margins: share what there is. No room for the head (`cover`): rather cut hair than chin.
  return head.top - free * (free >= 0 ? MARGIN.top / (MARGIN.top + MARGIN.bottom) : 0.85);
}

function softWarning(
  scale: number,
  width: number,
  height: number,
  viewWidth: number,
  viewHeight: number,
): string {
  return (
    `The photo is enlarged ${scale.toFixed(1)} times: the ${Math.round(viewWidth)}x${Math.round(viewHeight)} pixels ` +
    `that are shown become ${width}x${height}, so the picture will look soft. ` +
    "A larger photo or a lower resolution would be sharper."
  );
}
