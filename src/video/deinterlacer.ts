import type { Frame, IRational } from "node-av/lib";
import { FilterChain } from "./filter-chain.js";

/** Makes whole pictures from those that were filmed as two halves, one after the other. Others pass unchanged. */
export class Deinterlacer {
  #chain: FilterChain | null = null;
  #key = "";

  /** @param timeBase - unit of the times of the frames */
  constructor(private readonly timeBase: IRational) {}

  /** Unit of the times of the frames that come out. */
  get outputTimeBase(): IRational {
    return this.#chain?.timeBase ?? this.timeBase;
  }

  /** Takes a frame over and gives those that are finished: it looks at neighbours, so they come one later. */
  *push(frame: Frame): Generator<Frame> {
    const { width, height, format, colorSpace, colorRange } = frame;
    const key = [width, height, format].join();
    if (key !== this.#key) {
      yield* this.flush();
      const kind = { width, height, format, colorSpace, colorRange, timeBase: this.timeBase };
      this.#chain = new FilterChain(kind, [["bwdif", "mode=send_frame:deint=interlaced"]], 2);
      this.#key = key;
    }
    this.#chain!.add(frame);
    frame.free();
    yield* this.#drain();
  }

  /** What is still inside. */
  *flush(): Generator<Frame> {
    if (this.#chain === null) return;
    this.#chain.add(null);
    yield* this.#drain();
    this.close();
  }

  close(): void {
    this.#chain?.close();
    this.#chain = null;
    this.#key = "";
  }

  *#drain(): Generator<Frame> {
    for (let frame = this.#chain!.takeSync(); frame !== null; frame = this.#chain!.takeSync()) yield frame;
  }
}
