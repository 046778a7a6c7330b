import type { Photo } from "../../assets/index.js";
import type { HeadFrame } from "../../shared/head-frame.js";
import type { Rgb, Rig } from "../rig.js";
import { measureDepth } from "./depth-field.js";
import { measureEyes } from "./eyes.js";
import { faceGeometry } from "./face-geometry.js";
import { viewFace } from "./face-view.js";
import { findGlasses } from "./glasses.js";
import { measureMouth } from "./mouth.js";
import { soundGeometry } from "./sound-geometry.js";
import { measureCheeks, measureLipColor, measureSclera, measureTones } from "./tones.js";

/** The part of the rig that is measured in the photo. */
export type FaceFeatures = Pick<Rig, "mouth" | "eyes" | "tones" | "glasses" | "depth">;

/**
 * Measures what a renderer needs to deform the face: depth of the whole picture, lip and lid curves on the
 * photo's own edges, teeth, colours and dark spectacle frames.
 *
 * Positions in the photo are continuous: pixel (i, j) covers `[i, i + 1) x [j, j + 1)`. Head-frame positions
 * follow from photo positions through the depth field (`depthAt`, `photoToCamera`, `cameraToHead`): a renderer that
 * takes its pixels or vertices the same way finds every curve exactly where the photo has it. Never throws: unusable
 * landmarks give a finite, ordered, if meaningless, face.
 *
 * @param landmarks `(478, 3)`: photo x, y and depth, all in photo pixels.
 */
export function measureFace(photo: Photo, landmarks: Float32Array, head: HeadFrame): FaceFeatures {
  const sound = soundGeometry(photo.width, photo.height, landmarks, head);
  const depth = measureDepth(photo.width, photo.height, sound);
  const face = faceGeometry(sound, depth);
  const view = viewFace(photo, sound);
  const [cheekLeft, cheekRight] = measureCheeks(view, face);
  const lip = measureLipColor(view, face);
  const eyes = measureEyes(face);
  const cheek: Rgb = [
    (cheekLeft[0] + cheekRight[0]) / 2,
    (cheekLeft[1] + cheekRight[1]) / 2,
    (cheekLeft[2] + cheekRight[2]) / 2,
  ];
  const sclera = measureSclera(view, face, eyes, cheek);
  const { mouth, tooth } = measureMouth(view, face, { lip, sclera });
  const tones = measureTones(photo, face, { cheekLeft, cheekRight, lip, sclera, tooth });
  const glasses = findGlasses(view, face, eyes, [cheekLeft, cheekRight]);
  return { depth, mouth, eyes, tones, glasses };
}
