import { readFile } from "node:fs/promises";
import { EngineError } from "../../shared/errors.js";
import type { Kernels } from "./kernels.js";

const PAGE_BYTES = 65_536;
/** The first KiB is left to the compiler's static data. */
export const MEMORY_BASE = 1024;

let compiled: Promise<WebAssembly.Module> | undefined;

/** Loads the SIMD kernels over a fresh memory of at least `bytes`. */
export async function createWasmKernels(bytes: number): Promise<Kernels> {
  compiled ??= readFile(new URL("../../../wasm/kernels.wasm", import.meta.url)).then((binary) =>
    WebAssembly.compile(binary),
  );
  const pages = Math.ceil((bytes + MEMORY_BASE) / PAGE_BYTES) + 1;
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = await WebAssembly.instantiate(await compiled, { env: { memory } });
    const functions = instance.exports as unknown as Omit<Kernels, "name" | "memory">;
    return {
      name: "wasm",
      memory: memory.buffer,
      warpCells: functions.warpCells,
      copyCells: functions.copyCells,
      rasterLattice: functions.rasterLattice,
      markCells: functions.markCells,
      resetNodes: functions.resetNodes,
      blendTile: functions.blendTile,
      coverCells: functions.coverCells,
      blendCells: functions.blendCells,
    };
  } catch (cause) {
    throw new EngineError("internal_server_error", "The picture kernels could not be loaded.", { cause });
  }
}
