import type { Region, RegionSampler } from "./region-sampler.js";
import type { Interpreter } from "./tflite/interpreter.js";

/** Side length of the segmenter's answer. */
export const SEGMENT_SIZE = 256;

/** The selfie segmentation of MediaPipe. */
export class PersonSegmenter {
  readonly #interpreter: Interpreter;
  readonly #input = new Float32Array(SEGMENT_SIZE * SEGMENT_SIZE * 3);

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  /** Probability of "person" for each of 256 x 256 cells of a region. */
  segment(sampler: RegionSampler, region: Region): Float32Array {
    const options = { size: SEGMENT_SIZE, mirrored: false, range: [0, 1], outside: "border" } as const;
    sampler.sample(region, options, this.#input);
    const [mask] = this.#interpreter.run(this.#input).values();
    return mask!.slice();
  }
}
