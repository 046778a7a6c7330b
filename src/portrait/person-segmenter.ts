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

  /**
   * Probability of "person" for each of 256 x 256 cells of a region. `mirrored`: the network sees the region's mirror
   * image; the answer is that of the region itself.
   */
  segment(sampler: RegionSampler, region: Region, mirrored = false): Float32Array {
    const options = { size: SEGMENT_SIZE, mirrored, range: [0, 1], outside: "border" } as const;
    sampler.sample(region, options, this.#input);
    const [answer] = this.#interpreter.run(this.#input).values();
    const mask = answer!.slice();
    if (mirrored)
      for (let y = 0; y < SEGMENT_SIZE; y++)
        mask.subarray(y * SEGMENT_SIZE, (y + 1) * SEGMENT_SIZE).reverse();
    return mask;
  }
}
