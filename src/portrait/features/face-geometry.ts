import {
  cameraToHead,
  cameraToPhoto,
  type HeadFrame,
  headToCamera,
  photoToCamera,
  type Vector3,
} from "../../shared/head-frame.js";
import type { DepthField } from "../rig.js";
import { depthAt } from "./depth-field.js";
import type { SoundGeometry } from "./sound-geometry.js";

/** One face's landmarks with the way between photo and head frame. */
export type FaceGeometry = {
  readonly points: Float64Array;
  readonly head: HeadFrame;
  readonly depth: DepthField;
};

/** Joins landmarks and depth. */
export function faceGeometry(sound: SoundGeometry, depth: DepthField): FaceGeometry {
  return { points: sound.points, head: sound.head, depth };
}

/** Photo position of landmark `p`, pixels. */
export function landmarkInPhoto(face: FaceGeometry, p: number): { u: number; v: number } {
  return { u: face.points[p * 3]!, v: face.points[p * 3 + 1]! };
}

/** Head-frame position of what the photo shows at (u, v), by the depth field. */
export function photoToHead(face: FaceGeometry, u: number, v: number): Vector3 {
  return cameraToHead(face.head, photoToCamera(face.head, u, v, depthAt(face.depth, u, v)));
}

/** Head-frame position of landmark `p`, by the depth field. */
export function landmarkInHead(face: FaceGeometry, p: number): Vector3 {
  return photoToHead(face, face.points[p * 3]!, face.points[p * 3 + 1]!);
}

/**
 * Photo position where the depth field shows (x, y) of the head frame: the inverse of {@link photoToHead}, by fixed
 * point. On folds, which have several, it is the one near depth `z`.
 */
export function headToPhoto(face: FaceGeometry, x: number, y: number, z: number): { u: number; v: number } {
  let at = cameraToPhoto(face.head, headToCamera(face.head, { x, y, z }));
  for (let k = 0; k < 3; k++) {
    const shown = photoToHead(face, at.u, at.v);
    at = cameraToPhoto(face.head, headToCamera(face.head, { x, y, z: shown.z }));
  }
  return at;
}
