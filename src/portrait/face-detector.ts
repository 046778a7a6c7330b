import { sigmoid } from "../shared/portable-math.js";
import { type Region, type RegionSampler, regionToPhoto } from "./region-sampler.js";
import type { Interpreter } from "./tflite/interpreter.js";

/** A face found in the photo, photo pixels. */
export type Detection = {
  /** `[0, 1]`. */
  readonly score: number;
  readonly centerX: number;
  readonly centerY: number;
  /** Side lengths of the box from brows to chin, along the axes of the searched square. */
  readonly width: number;
  readonly height: number;
  /** Picture's left eye, right eye, nose tip, mouth centre, left ear, right ear of an upright face. */
  readonly keypoints: readonly { readonly x: number; readonly y: number }[];
};

/** Faces that score less are never reported. */
export const LOWEST_SCORE = 0.4;

const INPUT_SIZE = 192;
/** One anchor at the centre of each cell of a 48 x 48 grid. */
const GRID = 48;
const VALUES_PER_ANCHOR = 16;
const MERGE_OVERLAP = 0.3;

type Candidate = { readonly score: number; readonly values: Float64Array };

/** The full-range face detector of MediaPipe. */
export class FaceDetector {
  readonly #interpreter: Interpreter;
  readonly #input = new Float32Array(INPUT_SIZE * INPUT_SIZE * 3);

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  /** Faces inside a square of the photo, best first. */
  detect(sampler: RegionSampler, square: Region): Detection[] {
    sampler.sample(
      square,
      { size: INPUT_SIZE, mirrored: false, range: [-1, 1], outside: "black" },
      this.#input,
    );
    const outputs = this.#interpreter.run(this.#input);
    const scores = outputs.get("reshaped_classifier_face_4")!;
    const boxes = outputs.get("reshaped_regressor_face_4")!;
    const candidates: Candidate[] = [];
    for (let i = 0; i < GRID * GRID; i++) {
      const score = sigmoid(scores[i]!);
      if (score < LOWEST_SCORE) continue;
      candidates.push({ score, values: decodeBox(boxes, i) });
    }
    return mergeOverlapping(candidates).map((candidate) => toDetection(candidate, square));
  }
}

/** Box centre, size and six points in `[0, 1]` of the square. */
function decodeBox(boxes: Float32Array, anchor: number): Float64Array {
  const anchorX = ((anchor % GRID) + 0.5) / GRID;
  const anchorY = (Math.floor(anchor / GRID) + 0.5) / GRID;
  const values = new Float64Array(VALUES_PER_ANCHOR);
  for (let k = 0; k < VALUES_PER_ANCHOR; k++) {
    const raw = boxes[anchor * VALUES_PER_ANCHOR + k]! / INPUT_SIZE;
    const isSize = k === 2 || k === 3;
    values[k] = isSize ? raw : raw + (k % 2 === 0 ? anchorX : anchorY);
  }
  return values;
}

/** Weighted non-maximum suppression: a face is the score-weighted mean of all boxes that overlap its best one. */
function mergeOverlapping(candidates: Candidate[]): Candidate[] {
  let rest = candidates.sort((a, b) => b.score - a.score);
  const faces: Candidate[] = [];
  while (rest.length > 0) {
    const best = rest[0]!;
    const cluster = rest.filter((other) => overlap(best.values, other.values) > MERGE_OVERLAP);
    rest = rest.filter((other) => other !== best && !cluster.includes(other));
    const values = new Float64Array(VALUES_PER_ANCHOR);
    let weight = 0;
    for (const member of cluster.length > 0 ? cluster : [best]) {
      weight += member.score;
      for (let k = 0; k < values.length; k++) values[k]! += member.values[k]! * member.score;
    }
    for (let k = 0; k < values.length; k++) values[k]! /= weight;
    faces.push({ score: best.score, values });
  }
  return faces;
}

/** Intersection over union of two boxes given by centre and size. */
function overlap(a: Float64Array, b: Float64Array): number {
  const across = (k: number): number =>
    Math.max(
      0,
      Math.min(a[k]! + a[k + 2]! / 2, b[k]! + b[k + 2]! / 2) -
        Math.max(a[k]! - a[k + 2]! / 2, b[k]! - b[k + 2]! / 2),
    );
  const common = across(0) * across(1);
  const union = a[2]! * a[3]! + b[2]! * b[3]! - common;
  return union > 0 ? common / union : 0;
}

function toDetection({ score, values }: Candidate, square: Region): Detection {
  const center = regionToPhoto(square, values[0]!, values[1]!);
  return {
    score,
    centerX: center.x,
    centerY: center.y,
    width: values[2]! * square.size,
    height: values[3]! * square.size,
    keypoints: [0, 1, 2, 3, 4, 5].map((k) => regionToPhoto(square, values[4 + 2 * k]!, values[5 + 2 * k]!)),
  };
}
