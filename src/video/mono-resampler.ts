import { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT } from "node-av/constants";
import { SoftwareResampleContext } from "node-av/lib";
import { checkNative } from "./native-call.js";

/** Changes the sample rate of mono sound, block by block. */
export class MonoResampler {
  readonly #context: SoftwareResampleContext | null;

  constructor(
    private readonly fromRate: number,
    private readonly toRate: number,
  ) {
    if (fromRate === toRate) {
      this.#context = null;
      return;
    }
    const context = new SoftwareResampleContext();
    const mono = AV_CHANNEL_LAYOUT_MONO;
    checkNative(
      context.allocSetOpts2(mono, AV_SAMPLE_FMT_FLT, toRate, mono, AV_SAMPLE_FMT_FLT, fromRate),
      "preparing sound",
    );
    checkNative(context.init(), "preparing sound");
    this.#context = context;
  }

  /** The next samples at the new rate. */
  convert(samples: Float32Array): Float32Array {
    if (!this.#context) return samples;
    return this.#convert(
      [Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)],
      samples.length,
    );
  }

  /** What the filter still holds back. */
  flush(): Float32Array {
    return this.#context ? this.#convert(null, 0) : new Float32Array(0);
  }

  close(): void {
    this.#context?.free();
  }

  #convert(input: Buffer[] | null, length: number): Float32Array {
    const capacity = Math.ceil(((length + 1024) * this.toRate) / this.fromRate) + 1024;
    const output = Buffer.alloc(capacity * 4);
    const count = checkNative(
      this.#context!.convertSync([output], capacity, input, length),
      "resampling sound",
    );
    return new Float32Array(output.buffer, output.byteOffset, count);
  }
}
