import { join } from "node:path";
import {
  createFrameRenderer,
  type Frame,
  type FrameRenderer,
  type RendererInput,
} from "../../src/frames/index.js";
import { FRAME_RATE } from "../../src/performance/index.js";
import { SAMPLE_RATE } from "../../src/speech/index.js";
import { type EncoderPreset, type EncodeTimings, encodeVideo } from "../../src/video/index.js";
import { median, timed } from "./statistics.js";

/** Wall time and processor time of all threads, seconds. */
export type Cost = { readonly wall: number; readonly cpu: number };

/** One round: our render and both encodes of its frames, one right after another. */
export type RenderRound = {
  /** Making the renderer; not part of `ours`. */
  readonly preparing: number;
  /** Drawing, encoding and muxing, to the finished file. */
  readonly ours: Cost & { readonly timings: EncodeTimings };
  /** Encoding and muxing the same frames, held in memory, with x264's `veryfast`. */
  readonly veryfast: Cost;
  /** The same with the encoder settings that we use. */
  readonly samePreset: Cost;
};

/** What rendering one clip costs. */
export type RenderFigures = {
  readonly width: number;
  readonly height: number;
  readonly rounds: readonly RenderRound[];
  /** Milliseconds per frame of drawing with nothing beside it. */
  readonly drawingAloneMs: number;
};

/** Drawn frames that stay in memory. */
export class FrameStore {
  readonly #bytes: Buffer;

  /** @param capacity - bytes for the largest clip; the same memory serves one clip after another */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Draws all frames of a clip and keeps them; returns a renderer that hands them out without any work. */
  fill(renderer: FrameRenderer, frameCount: number): { renderer: FrameRenderer; drawingMs: number } {
    const { width, height, slots } = renderer;
    const luma = width * height;
    const size = frameBytes(width, height);
    const frames: Frame[] = [];
    let drawingMs = 0;
    for (let index = 0; index < frameCount; index++) {
      const start = performance.now();
      const drawn = renderer.render(index);
      drawingMs += performance.now() - start;
      const kept = this.#bytes.subarray(index * size, (index + 1) * size);
      const frame = {
        width,
        height,
        y: kept.subarray(0, luma),
        u: kept.subarray(luma, luma + luma / 4),
        v: kept.subarray(luma + luma / 4),
      };
      frame.y.set(drawn.y);
      frame.u.set(drawn.u);
      frame.v.set(drawn.v);
      frames.push(frame);
    }
    return { renderer: { width, height, slots, render: (index) => frames[index]! }, drawingMs };
  }
}

/** Bytes of a frame in planar YUV 4:2:0. */
export function frameBytes(width: number, height: number): number {
  return (width * height * 3) / 2;
}

/**
 * Renders a clip `runs` times, in turn with encoding the same frames from memory, so that what disturbs the machine
 * disturbs both. Odd rounds go backwards, so that none always comes first.
 */
export async function measureRender(
  input: RendererInput,
  samples: Float32Array,
  options: { runs: number; store: FrameStore; workspace: string; signal: AbortSignal },
): Promise<RenderFigures> {
  const { runs, store, workspace, signal } = options;
  const { frameCount } = input.performance;
  const encode = (renderer: FrameRenderer, count: number, preset: EncoderPreset) => {
    const sound = samples.subarray(0, Math.floor((count * SAMPLE_RATE) / FRAME_RATE));
    const path = join(workspace, `${preset}.mp4`);
    const common = { frameRate: FRAME_RATE, sampleRate: SAMPLE_RATE, signal };
    return timed(() => encodeVideo({ renderer, frameCount: count, samples: sound, path, preset, ...common }));
  };
  const kept = store.fill(await createFrameRenderer(input), frameCount);
  // Loads what is loaded late, in all of them alike.
  for (const preset of ["tuned", "veryfast"] as const) {
    await encode(kept.renderer, Math.min(FRAME_RATE, frameCount), preset);
  }
  const rounds: RenderRound[] = [];
  const drawing: number[] = [kept.drawingMs / frameCount];
  for (let run = 0; run < runs; run++) {
    const prepared = await timed(() => createFrameRenderer(input));
    const steps = {
      ours: () => encode(prepared.result, frameCount, "tuned"),
      veryfast: () => encode(kept.renderer, frameCount, "veryfast"),
      samePreset: () => encode(kept.renderer, frameCount, "tuned"),
    };
    const order = ["ours", "veryfast", "samePreset"] as const;
    const done = new Map<string, Awaited<ReturnType<typeof encode>>>();
    for (const name of run % 2 === 0 ? order : order.toReversed()) done.set(name, await steps[name]());
    const { wall, cpu, result } = done.get("ours")!;
    rounds.push({
      preparing: prepared.wall,
      ours: { wall, cpu, timings: result.timings },
      veryfast: costOf(done.get("veryfast")!),
      samePreset: costOf(done.get("samePreset")!),
    });
    drawing.push(store.fill(prepared.result, frameCount).drawingMs / frameCount);
  }
  const { width, height } = input.framing;
  return { width, height, rounds, drawingAloneMs: median(drawing) };
}

function costOf({ wall, cpu }: Cost): Cost {
  return { wall, cpu };
}
