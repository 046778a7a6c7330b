import type { Photo } from "../assets/index.js";
import { InputError } from "../shared/errors.js";
import type { HeadPose } from "./head-pose.js";
import { EYE_RINGS, FACE_OVAL, LIPS_OUTER, OUTER_EYE_CORNERS } from "./landmark-sets.js";

/** Outer eye corners closer than this (pixels) leave nothing to animate. */
const SMALLEST_EYE_SPAN = 20;
/** Below this the face looks soft. */
const SOFT_EYE_SPAN = 60;
/** A small face counts as unusable when it is also lost in the picture: its eye span below this share of it. */
const LOST_EYE_SPAN = 40;
const LOST_SHARE = 0.05;
/** Share of the face oval that may lie outside the picture without a word. */
const OUTSIDE_SHARE = 0.1;
const DEGREES = 180 / Math.PI;
/** Turns of the head, degrees. */
const REFUSED_TURN = 40;
const LARGE_TURN = 25;
const REFUSED_ROLL = 60;
/** Distance to the average face's proportions, eye distances, beyond which it is hardly a photo of a person. */
const HUMAN_RESIDUAL = 0.1;

/** Request field at fault. */
export type FieldPath = readonly (string | number)[];

/** The error of a picture without a usable face. */
export function noFaceError(
  field: FieldPath,
  reason: string,
  context: Record<string, unknown> = {},
): InputError {
  return new InputError("face_detection_error", `Could not detect face in the image. ${reason}`, {
    field,
    context,
  });
}

/**
 * Judges a found face.
 *
 * @returns warnings for the person who sent it
 * @throws InputError `face_detection_error` or `image_too_small` for a face that cannot be animated
 */
export function checkFace(photo: Photo, pose: HeadPose, field: FieldPath): string[] {
  return [
    ...checkRoll(pose, field),
    ...checkSize(photo, pose, field),
    ...checkTurn(pose, field),
    ...checkBorder(photo, pose, field),
    ...checkMouthVisible(photo, pose),
  ];
}

/** Whether the proportions are those of a person. */
export function hasHumanProportions(pose: HeadPose): boolean {
  return pose.residual <= HUMAN_RESIDUAL;
}

function checkRoll(pose: HeadPose, field: FieldPath): string[] {
  const roll = Math.round(pose.angles.roll * DEGREES);
  if (Math.abs(roll) > REFUSED_ROLL) {
    throw noFaceError(
      field,
      `The face is turned by ${roll} degrees. Rotate the picture so that the face is upright.`,
      {
        roll_degrees: roll,
        max_roll_degrees: REFUSED_ROLL,
      },
    );
  }
  return [];
}

function checkSize(photo: Photo, pose: HeadPose, field: FieldPath): string[] {
  const [left, right] = OUTER_EYE_CORNERS;
  const dx = pose.landmarks[3 * right]! - pose.landmarks[3 * left]!;
  const dy = pose.landmarks[3 * right + 1]! - pose.landmarks[3 * left + 1]!;
  const span = Math.sqrt(dx * dx + dy * dy);
  const isLost = span < LOST_EYE_SPAN && span / Math.max(photo.width, photo.height) < LOST_SHARE;
  if (span < SMALLEST_EYE_SPAN || isLost) {
    const needed = (isLost ? LOST_EYE_SPAN : SMALLEST_EYE_SPAN) / span;
    throw new InputError(
      "image_too_small",
      `The face is too small: its eyes span ${Math.round(span)} pixels. Send a larger picture, cropped around the person.`,
      {
        field,
        context: {
          min_width: Math.ceil(photo.width * needed),
          min_height: Math.ceil(photo.height * needed),
        },
      },
    );
  }
  if (span >= SOFT_EYE_SPAN) return [];
  return [`The face is small (its eyes span ${Math.round(span)} pixels) and will look soft.`];
}

function checkTurn(pose: HeadPose, field: FieldPath): string[] {
  const yaw = Math.round(pose.angles.yaw * DEGREES);
  const pitch = Math.round(pose.angles.pitch * DEGREES);
  const turn = Math.max(Math.abs(yaw), Math.abs(pitch));
  if (turn > REFUSED_TURN) {
    throw noFaceError(
      field,
      `The head is turned away by ${turn} degrees, the limit is ${REFUSED_TURN}. Use a picture that looks towards the camera.`,
      { yaw_degrees: yaw, pitch_degrees: pitch, max_degrees: REFUSED_TURN },
    );
  }
  if (turn <= LARGE_TURN) return [];
  return [`The head is turned away by ${turn} degrees; a frontal picture gives a better result.`];
}

function checkBorder(photo: Photo, pose: HeadPose, field: FieldPath): string[] {
  const oval = FACE_OVAL.map((id) => [pose.landmarks[3 * id]!, pose.landmarks[3 * id + 1]!] as const);
  const outside = 1 - area(clipToPhoto(oval, photo)) / Math.max(area(oval), 1e-9);
  if (outside <= OUTSIDE_SHARE) return [];
  const isCut = (id: number): boolean => {
    const x = pose.landmarks[3 * id]!;
    const y = pose.landmarks[3 * id + 1]!;
    return x < 0 || y < 0 || x > photo.width || y > photo.height;
  };
  const percent = Math.round(outside * 100);
  if ([...LIPS_OUTER, ...EYE_RINGS[0], ...EYE_RINGS[1]].some(isCut)) {
    throw noFaceError(
      field,
      "The mouth or an eye lies outside the picture. Use a picture of the whole face.",
      {
        outside_share: outside,
      },
    );
  }
  return [`${percent} % of the face lies outside the picture.`];
}

type Point = readonly [number, number];

/** Sutherland-Hodgman clipping of a polygon against the picture. */
function clipToPhoto(polygon: readonly Point[], photo: Photo): Point[] {
  const sides: ((p: Point) => number)[] = [
    ([x]) => x,
    ([, y]) => y,
    ([x]) => photo.width - x,
    ([, y]) => photo.height - y,
  ];
  let rest = [...polygon];
  for (const inside of sides) {
    const clipped: Point[] = [];
    rest.forEach((point, i) => {
      const previous = rest[(i + rest.length - 1) % rest.length]!;
      const a = inside(previous);
      const b = inside(point);
      if (a < 0 !== b < 0) {
        const t = a / (a - b);
        clipped.push([
          previous[0] + (point[0] - previous[0]) * t,
          previous[1] + (point[1] - previous[1]) * t,
        ]);
      }
      if (b >= 0) clipped.push(point);
    });
    rest = clipped;
  }
  return rest;
}

function area(polygon: readonly Point[]): number {
  let sum = 0;
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    sum += x * nextY - nextX * y;
  });
  return Math.abs(sum) / 2;
}

/** Points of the forehead and the bridge of the nose, and points of the lips. */
const UPPER_FACE = [151, 9, 107, 336, 6] as const;
const LIP_POINTS = [37, 267, 84, 314, 17, 0] as const;
/** How much less red than the upper face, and how little red at all, the lips must be to look covered. */
const COVERED_DIFFERENCE = -0.15;
const COVERED_REDNESS = 0.03;

/** Lips are redder than skin; what is much less red is a mask, a scarf or another object in front of them. */
function checkMouthVisible(photo: Photo, pose: HeadPose): string[] {
  const lips = redness(photo, pose, LIP_POINTS);
  const skin = redness(photo, pose, UPPER_FACE);
  if (lips > COVERED_REDNESS || lips - skin > COVERED_DIFFERENCE) return [];
  return ["The mouth seems to be covered; its motion will look wrong."];
}

/** Mean of `(R - Y) / Y` around some landmarks: 0 for grey, above 0 for skin and lips. */
function redness(photo: Photo, pose: HeadPose, ids: readonly number[]): number {
  const radius = Math.max(1, Math.round(pose.head.eyeDistance * 0.03));
  let red = 0;
  let luma = 0;
  for (const id of ids) {
    const centerX = Math.floor(pose.landmarks[3 * id]!);
    const centerY = Math.floor(pose.landmarks[3 * id + 1]!);
    for (let y = Math.max(0, centerY - radius); y <= Math.min(photo.height - 1, centerY + radius); y++) {
      for (let x = Math.max(0, centerX - radius); x <= Math.min(photo.width - 1, centerX + radius); x++) {
        const at = (y * photo.width + x) * 3;
        red += photo.rgb[at]!;
        luma += 0.2126 * photo.rgb[at]! + 0.7152 * photo.rgb[at + 1]! + 0.0722 * photo.rgb[at + 2]!;
      }
    }
  }
  return luma > 0 ? (red - luma) / luma : 0;
}
