/**
 * The head frame: coordinates that belong to one head, not to the picture.
 *
 * x to the picture's right, y down, z away from the camera, origin midway between the eye centres, unit =
 * distance between the eye centres measured in 3-D ("eye distance"). Camera frame: same axes and unit,
 * before the head's own rotation is undone.
 */
export type HeadFrame = {
  /** Photo position of the origin, pixels. */
  readonly originX: number;
  readonly originY: number;
  /** Pixels of the photo per eye distance at depth 0. */
  readonly eyeDistance: number;
  /** Head to camera rotation, row-major 3 x 3: `camera = rotation * head`. */
  readonly rotation: readonly number[];
  /** Distance of the virtual camera from the origin, in eye distances. */
  readonly cameraDistance: number;
};

/** A point or vector in the head or camera frame, in eye distances. */
export type Vector3 = { x: number; y: number; z: number };

/** Photo pixel plus camera-frame depth to the camera frame (perspective, pinhole at `-cameraDistance`). */
export function photoToCamera(frame: HeadFrame, u: number, v: number, z: number): Vector3 {
  const k = (frame.cameraDistance + z) / (frame.cameraDistance * frame.eyeDistance);
  return { x: (u - frame.originX) * k, y: (v - frame.originY) * k, z };
}

/** Camera frame to photo pixels. */
export function cameraToPhoto(frame: HeadFrame, p: Vector3): { u: number; v: number } {
  const k = (frame.eyeDistance * frame.cameraDistance) / (frame.cameraDistance + p.z);
  return { u: frame.originX + p.x * k, v: frame.originY + p.y * k };
}

/** Camera frame to head frame (undoes the head's rotation). */
export function cameraToHead(frame: HeadFrame, p: Vector3): Vector3 {
  const r = frame.rotation as number[];
  return {
    x: r[0]! * p.x + r[3]! * p.y + r[6]! * p.z,
    y: r[1]! * p.x + r[4]! * p.y + r[7]! * p.z,
    z: r[2]! * p.x + r[5]! * p.y + r[8]! * p.z,
  };
}

/** Head frame to camera frame. */
export function headToCamera(frame: HeadFrame, p: Vector3): Vector3 {
  const r = frame.rotation as number[];
  return {
    x: r[0]! * p.x + r[1]! * p.y + r[2]! * p.z,
    y: r[3]! * p.x + r[4]! * p.y + r[5]! * p.z,
    z: r[6]! * p.x + r[7]! * p.y + r[8]! * p.z,
  };
}
