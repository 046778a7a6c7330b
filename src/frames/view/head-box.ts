import type { Rig } from "../../portrait/index.js";
import { clamp } from "../../shared/numeric.js";

/** A rectangle in photo pixels. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** What framing has to know of a head. */
export type Head = Box & {
  /** Height of the eyes. */
  readonly eyeY: number;
};

// Mesh points: top of the forehead, chin, irises.
const FOREHEAD = 10;
const CHIN = 152;
const LEFT_IRIS = 468;
const RIGHT_IRIS = 473;

/** The whole head with hair and ears, as far as the photo has it. */
export function headBox(
  { landmarks, matte }: Pick<Rig, "landmarks" | "matte">,
  photo: { readonly width: number; readonly height: number },
): Head {
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
    eyeY,
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
  photo: { readonly width: number; readonly height: number },
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
