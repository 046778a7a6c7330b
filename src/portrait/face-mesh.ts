import { atan2, cos, sin } from "../shared/portable-math.js";
import { type CanonicalFace, LANDMARK_COUNT, MESH_POINTS } from "./canonical-face.js";
import type { Detection } from "./face-detector.js";
import { type Region, type RegionSampler, regionToPhoto } from "./region-sampler.js";
import { readCropOptions } from "./tflite/attention.js";
import type { Interpreter } from "./tflite/interpreter.js";

const INPUT_SIZE = 192;
/** A region is this much larger than the box it is made from. */
const REGION_MARGIN = 1.5;
/** Outer eye corners: the line between them is the region's x axis. */
const LEFT_EYE_CORNER = 33;
const RIGHT_EYE_CORNER = 263;
const IRISES = [
  { output: "output_left_iris", first: 468, ring: "output_left_eye" },
  { output: "output_right_iris", first: 473, ring: "output_right_eye" },
] as const;
/** The first points of an eye's refined set are its lid contour. */
const EYE_RING_POINTS = 16;

/** The face mesh with attention of MediaPipe: 478 points of one face. */
export class FaceMesh {
  readonly #interpreter: Interpreter;
  readonly #mirror: Uint16Array;
  readonly #input = new Float32Array(INPUT_SIZE * INPUT_SIZE * 3);
  /** Which mesh points the refined outputs replace, in the order of their rows. */
  readonly #refined: readonly { readonly output: string; readonly ids: readonly number[] }[];

  constructor(interpreter: Interpreter, face: CanonicalFace) {
    this.#interpreter = interpreter;
    this.#mirror = face.mirror;
    // The crops enclose exactly the points that their branch refines, listed in the order of its rows.
    const subsets = interpreter.model.operators
      .filter(({ kind }) => kind === "Landmarks2TransformMatrix")
      .map((operator) => readCropOptions(operator.flexOptions()).subset);
    this.#refined = ["output_lips", "output_left_eye", "output_right_eye"].map((output, i) => ({
      output,
      ids: subsets[i] ?? [],
    }));
  }

  /**
   * The points of the face that fills a region.
   *
   * @returns `(478, 3)` photo pixels, z away from the camera with an arbitrary origin
   */
  run(sampler: RegionSampler, region: Region, mirrored: boolean): Float64Array {
    sampler.sample(region, { size: INPUT_SIZE, mirrored, range: [0, 1], outside: "border" }, this.#input);
    const crop = this.#cropPoints(this.#interpreter.run(this.#input));
    const points = new Float64Array(LANDMARK_COUNT * 3);
    const scale = region.size / INPUT_SIZE;
    for (let i = 0; i < LANDMARK_COUNT; i++) {
      const source = 3 * (mirrored ? this.#mirror[i]! : i);
      const x = mirrored ? INPUT_SIZE - crop[source]! : crop[source]!;
      const at = regionToPhoto(region, x / INPUT_SIZE, crop[source + 1]! / INPUT_SIZE);
      points[3 * i] = at.x;
      points[3 * i + 1] = at.y;
      points[3 * i + 2] = crop[source + 2]! * scale;
    }
    return points;
  }

  /** All 478 points in crop pixels: the base mesh with lips, eyes and irises from their own branches. */
  #cropPoints(outputs: ReadonlyMap<string, Float32Array>): Float64Array {
    const points = new Float64Array(LANDMARK_COUNT * 3);
    points.set(outputs.get("output_mesh_identity")!.subarray(0, MESH_POINTS * 3));
    for (const { output, ids } of this.#refined) {
      const refined = outputs.get(output)!;
      ids.forEach((id, row) => {
        points[3 * id] = refined[2 * row]!;
        points[3 * id + 1] = refined[2 * row + 1]!;
      });
    }
    for (const { output, first, ring } of IRISES) {
      const ids = this.#refined.find((branch) => branch.output === ring)!.ids.slice(0, EYE_RING_POINTS);
      const depth = ids.reduce((sum, id) => sum + points[3 * id + 2]!, 0) / ids.length;
      const iris = outputs.get(output)!;
      for (let i = 0; i < 5; i++) {
        points[3 * (first + i)] = iris[2 * i]!;
        points[3 * (first + i) + 1] = iris[2 * i + 1]!;
        points[3 * (first + i) + 2] = depth;
      }
    }
    return points;
  }
}

/** Where the mesh should look for a detected face. */
export function regionOfDetection(detection: Detection): Region {
  const [left, right] = detection.keypoints as [{ x: number; y: number }, { x: number; y: number }];
  return {
    centerX: detection.centerX,
    centerY: detection.centerY,
    size: Math.max(detection.width, detection.height) * REGION_MARGIN,
    angle: atan2(right.y - left.y, right.x - left.x),
  };
}

/** Where the mesh should look again, given its points. */
export function regionOfLandmarks(points: Float64Array): Region {
  const l = 3 * LEFT_EYE_CORNER;
  const r = 3 * RIGHT_EYE_CORNER;
  const angle = atan2(points[r + 1]! - points[l + 1]!, points[r]! - points[l]!);
  const c = cos(angle);
  const s = sin(angle);
  let minX = Number.POSITIVE_INFINITY;
  let maxX = Number.NEGATIVE_INFINITY;
  let minY = Number.POSITIVE_INFINITY;
  let maxY = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < MESH_POINTS * 3; i += 3) {
    const x = c * points[i]! + s * points[i + 1]!;
    const y = -s * points[i]! + c * points[i + 1]!;
    minX = Math.min(minX, x);
    maxX = Math.max(maxX, x);
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
  }
  const x = (minX + maxX) / 2;
  const y = (minY + maxY) / 2;
  return {
    centerX: c * x - s * y,
    centerY: s * x + c * y,
    size: Math.max(maxX - minX, maxY - minY) * REGION_MARGIN,
    angle,
  };
}
