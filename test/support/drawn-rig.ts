import type { Photo } from "../../src/assets/index.js";
import { measureFace } from "../../src/portrait/features/index.js";
import type { Rig } from "../../src/portrait/index.js";
import { type DrawnFaceOptions, drawFace } from "./drawn-face.js";

/** The rig of a drawn face: features as they are measured in the drawing, an oval matte of head and shoulders. */
export function drawRig(options: DrawnFaceOptions = {}): { rig: Rig; photo: Photo } {
  const { photo, landmarks, head, toDrawing } = drawFace(options);
  const size = 128;
  const data = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const p = toDrawing(((x + 0.5) / size) * photo.width, ((y + 0.5) / size) * photo.height);
      const inHead = (p.x / 1.2) ** 2 + ((p.y - 0.4) / 1.5) ** 2 < 1;
      const inBody = (p.x / 1.9) ** 2 + ((p.y - 3.1) / 1.5) ** 2 < 1;
      data[y * size + x] = inHead || inBody ? 255 : 0;
    }
  }
  const rig: Rig = {
    version: 1,
    photoSha256: photo.sha256,
    width: photo.width,
    height: photo.height,
    landmarks,
    head,
    angles: { yaw: 0, pitch: 0, roll: options.roll ?? 0 },
    detectionScore: 1,
    confident: true,
    matte: { width: size, height: size, data, isGuess: false, opaque: null },
    ...measureFace(photo, landmarks, head),
    warnings: [],
  };
  return { rig, photo };
}
