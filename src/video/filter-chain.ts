import { AV_BUFFERSRC_FLAG_KEEP_REF, AVERROR_EAGAIN, AVERROR_EOF } from "node-av/constants";
import { Filter, type FilterContext, FilterGraph, Frame, type IRational } from "node-av/lib";
import { EngineError } from "../shared/errors.js";
import { checkNative } from "./native-call.js";

/** One of FFmpeg's filters, with its settings in FFmpeg's spelling. */
export type FilterStep = readonly [name: string, settings?: string];

/** What frames of one kind have in common, so that a chain can be made for them. */
export type FrameKind = {
  readonly width: number;
  readonly height: number;
  readonly format: number;
  readonly timeBase: IRational;
  readonly colorSpace: number;
  readonly colorRange: number;
};

/** Pictures through some of FFmpeg's filters, one after the other. */
export class FilterChain {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;

  /** @throws {@link EngineError} when the filters do not fit together */
  constructor(kind: FrameKind, steps: readonly FilterStep[], threads: number) {
    this.#graph.alloc();
    this.#graph.nbThreads = threads;
    try {
      const { width, height, format, timeBase, colorSpace, colorRange } = kind;
      const size = `width=${width}:height=${height}:pix_fmt=${format}`;
      const times = `time_base=${timeBase.num}/${timeBase.den}:pixel_aspect=1/1`;
      const colours = `colorspace=${colorSpace}:range=${colorRange}`;
      this.#source = createFilter(this.#graph, "buffer", "source", [size, times, colours].join(":"));
      let last = this.#source;
      for (const [index, [name, settings]] of steps.entries()) {
        const next = createFilter(this.#graph, name, `step${index}`, settings);
        checkNative(last.link(0, next, 0), `joining ${name}`);
        last = next;
      }
      this.#sink = createFilter(this.#graph, "buffersink", "sink");
      checkNative(last.link(0, this.#sink, 0), "joining filters");
      checkNative(this.#graph.configSync(), "preparing filters");
    } catch (error) {
      this.#graph.free();
      throw error;
    }
  }

  /** Units of the time of frames that come out. */
  get timeBase(): IRational {
    return this.#sink.buffersinkGetTimeBase();
  }

  /** Takes a frame in, without working on it; null says that it was the last one. The frame stays the caller's. */
  add(frame: Frame | null): void {
    const code = this.#source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_KEEP_REF);
    checkNative(code, "filtering a frame");
  }

  /** The next frame, null when more input is needed. Filters work on a thread of their own. */
  async take(): Promise<Frame | null> {
    const frame = new Frame();
    frame.alloc();
    return this.#hand(frame, await this.#sink.buffersinkGetFrame(frame));
  }

  /** Like {@link take}, at once. */
  takeSync(): Frame | null {
    const frame = new Frame();
    frame.alloc();
    return this.#hand(frame, this.#sink.buffersinkGetFrameSync(frame));
  }

  close(): void {
    this.#graph.free();
  }

  #hand(frame: Frame, code: number): Frame | null {
    if (code >= 0) return frame;
    frame.free();
    if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return null;
    checkNative(code, "filtering a frame");
    return null;
  }
}

/**
 * Adds one of FFmpeg's filters to a graph. Filters are to be joined by hand: a text with a whole graph would be parsed, and
 * the binding frees what the parser gives back by rules of its own.
 *
 * @throws {@link EngineError} when there is no such filter, or not with such settings
 */
export function createFilter(
  graph: FilterGraph,
  name: string,
  label: string,
  settings?: string,
): FilterContext {
  const filter = Filter.getByName(name as never);
  const context = filter && graph.createFilter(filter, label, settings ?? null);
  if (context) return context;
  throw new EngineError("internal_server_error", `The media library has no filter "${name}" like that.`, {
    context: { tool: "ffmpeg", settings: settings ?? "" },
  });
}
