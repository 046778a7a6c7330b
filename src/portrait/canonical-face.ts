/** Number of points of the face mesh without the irises. */
export const MESH_POINTS = 468;
/** With the five points of each iris. */
export const LANDMARK_COUNT = 478;

/**
 * The average face of the mesh model, in the axes of the head frame: x to the picture's right, y down, z away
 * from the camera; centimetres.
 */
export type CanonicalFace = {
  /** `(468, 3)`. */
  readonly vertices: Float64Array;
  /** `(898, 3)` vertex ids. */
  readonly triangles: Uint16Array;
  /** Weights of the 33 points that hardly move with the expression; zero elsewhere. */
  readonly poseWeights: Float64Array;
  /** The same point on the other half of the face, for all 478 landmarks. */
  readonly mirror: Uint16Array;
};

/**
 * Decodes `geometry_pipeline_metadata_landmarks.binarypb` (a protobuf: field 1 the mesh with floats
 * `x y z u v` in field 3 and triangles in field 4, field 2 the Procrustes weights).
 *
 * @throws RangeError when the file is something else.
 */
export function decodeCanonicalFace(bytes: Uint8Array): CanonicalFace {
  const fields = readFields(bytes);
  const mesh = fields.find(({ id, bytes: body }) => id === 1 && body !== undefined)?.bytes;
  if (mesh === undefined) throw new RangeError("The canonical face has no mesh");
  const meshFields = readFields(mesh);
  const floats = meshFields.filter(({ id }) => id === 3).map(({ value }) => value);
  const indices = meshFields.filter(({ id }) => id === 4).map(({ value }) => value);
  if (floats.length !== MESH_POINTS * 5 || indices.length !== 898 * 3)
    throw new RangeError("Unexpected mesh size");
  const vertices = new Float64Array(MESH_POINTS * 3);
  for (let i = 0; i < MESH_POINTS; i++) {
    vertices[3 * i] = floats[5 * i]!;
    vertices[3 * i + 1] = -floats[5 * i + 1]!;
    vertices[3 * i + 2] = -floats[5 * i + 2]!;
  }
  const poseWeights = new Float64Array(MESH_POINTS);
  for (const { id, bytes: body } of fields) {
    if (id !== 2 || body === undefined) continue;
    const entry = readFields(body);
    poseWeights[entry.find((field) => field.id === 1)?.value ?? 0] =
      entry.find((field) => field.id === 2)?.value ?? 0;
  }
  return { vertices, triangles: Uint16Array.from(indices), poseWeights, mirror: findMirror(vertices) };
}

/** Pairs of points that mirror each other: the canonical face is exactly symmetric. */
function findMirror(vertices: Float64Array): Uint16Array {
  const mirror = new Uint16Array(LANDMARK_COUNT);
  for (let i = 0; i < MESH_POINTS; i++) {
    let best = Number.POSITIVE_INFINITY;
    for (let j = 0; j < MESH_POINTS; j++) {
      const dx = vertices[3 * i]! + vertices[3 * j]!;
      const dy = vertices[3 * i + 1]! - vertices[3 * j + 1]!;
      const dz = vertices[3 * i + 2]! - vertices[3 * j + 2]!;
      const distance = dx * dx + dy * dy + dz * dz;
      if (distance < best) {
        best = distance;
        mirror[i] = j;
      }
    }
  }
  // Irises: centre, right, top, left, bottom as the picture shows them; mirroring swaps right and left.
  const ring = [0, 3, 2, 1, 4];
  ring.forEach((other, i) => {
    mirror[468 + i] = 473 + other;
    mirror[473 + i] = 468 + other;
  });
  return mirror;
}

/** One protobuf field: a number, or nested bytes. */
type Field = { readonly id: number; readonly value: number; readonly bytes?: Uint8Array };

function readFields(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const id = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) fields.push({ id, value: varint() });
    else if (wire === 5) {
      fields.push({ id, value: view.getFloat32(at, true) });
      at += 4;
    } else if (wire === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new RangeError("Protobuf field runs past the end");
      fields.push({ id, value: 0, bytes: bytes.subarray(at, at + length) });
      at += length;
    } else throw new RangeError(`Protobuf wire type ${wire}`);
  }
  return fields;
}
