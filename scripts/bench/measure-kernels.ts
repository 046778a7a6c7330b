import { createHash } from "node:crypto";
import { createFrameRenderer, type FrameRenderer, type RendererInput } from "../../src/frames/index.js";
import type { Kernels } from "../../src/frames/kernels/kernels.js";
import { createPlainKernels } from "../../src/frames/kernels/plain-kernels.js";
import { createWasmKernels } from "../../src/frames/kernels/wasm-kernels.js";

/** Milliseconds per frame of one kind of kernels. */
export type KernelTime = {
  /** Inside the kernels. */
  readonly kernels: number;
  /** The whole frame, with what is TypeScript in both. */
  readonly frame: number;
};

/** The WebAssembly kernels next to their plain TypeScript twins, over the same frames. */
export type KernelFigures = {
  readonly frames: number;
  readonly wasm: KernelTime;
  readonly plain: KernelTime;
  /** Whether both drew the same bytes. */
  readonly identical: boolean;
};

/** Frames that are drawn before the clock starts, so that both are compiled. */
const WARM_UP = 4;
const MEASURED_FRAMES = 24;

/** Draws the same frames, spread over the performance, with both kinds of kernels. */
export async function measureKernels(input: RendererInput): Promise<KernelFigures> {
  const { frameCount } = input.performance;
  const count = Math.min(MEASURED_FRAMES, frameCount);
  const frames = Array.from({ length: count }, (_, i) => Math.floor((i * frameCount) / count));
  const wasm = await drawWith(input, frames, createWasmKernels);
  const plain = await drawWith(input, frames, async (bytes) => {
    // Of the size that the WebAssembly kernels take, so that both lay out their memory alike.
    const { memory } = await createWasmKernels(bytes);
    return createPlainKernels(new ArrayBuffer(memory.byteLength));
  });
  return { frames: count, wasm: wasm.time, plain: plain.time, identical: wasm.digest === plain.digest };
}

async function drawWith(
  input: RendererInput,
  frames: readonly number[],
  createKernels: (bytes: number) => Promise<Kernels>,
): Promise<{ time: KernelTime; digest: string }> {
  const clock = { ms: 0 };
  const renderer = await createFrameRenderer(input, async (bytes) =>
    withClock(await createKernels(bytes), clock),
  );
  for (const index of frames.slice(0, WARM_UP)) renderer.render(index);
  clock.ms = 0;
  const hash = createHash("sha256");
  let frameMs = 0;
  for (const index of frames) {
    const { frame, ms } = draw(renderer, index);
    frameMs += ms;
    for (const plane of [frame.y, frame.u, frame.v]) hash.update(plane);
  }
  return {
    time: { kernels: clock.ms / frames.length, frame: frameMs / frames.length },
    digest: hash.digest("hex"),
  };
}

function draw(
  renderer: FrameRenderer,
  index: number,
): { frame: ReturnType<FrameRenderer["render"]>; ms: number } {
  const start = performance.now();
  const frame = renderer.render(index);
  return { frame, ms: performance.now() - start };
}

/** The same kernels, adding the time spent in them to a clock. */
function withClock(kernels: Kernels, clock: { ms: number }): Kernels {
  const clocked =
    <Args extends number[], Result>(kernel: (...args: Args) => Result) =>
    (...args: Args): Result => {
      const start = performance.now();
      const result = kernel(...args);
      clock.ms += performance.now() - start;
      return result;
    };
  return {
    name: kernels.name,
    memory: kernels.memory,
    warpCells: clocked(kernels.warpCells),
    copyCells: clocked(kernels.copyCells),
    rasterLattice: clocked(kernels.rasterLattice),
    markCells: clocked(kernels.markCells),
    resetNodes: clocked(kernels.resetNodes),
    blendTile: clocked(kernels.blendTile),
    coverCells: clocked(kernels.coverCells),
    blendCells: clocked(kernels.blendCells),
  };
}
