import { beforeAll, describe, expect, it } from "vitest";
import { drawRig } from "../../../test/support/drawn-rig.js";
import type { Photo } from "../../assets/index.js";
import type { Rig } from "../../portrait/index.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { measureDistances } from "../deform/face-measures.js";
import { createPersonWeight } from "../deform/person-weight.js";
import { surfaceAtHead } from "../deform/surface.js";
import type { Framing } from "../framing.js";
import { planFraming } from "../index.js";
import { Arena } from "../kernels/arena.js";
import type { Kernels } from "../kernels/kernels.js";
import { createWasmKernels } from "../kernels/wasm-kernels.js";
import { createPlate } from "../plate.js";
import { LivePlate } from "./live-plate.js";
import { distanceToPath } from "./path-distance.js";
import { skinBytes } from "./skin.js";
import type { SkinChange } from "./skin-change.js";
import { smileFolds } from "./smile-folds.js";

type Bench = { context: LatticeContext; kernels: Kernels; framing: Framing };

/** The fold of a smile on the picture's left, and the mesh points that the drawn face does not place; head frame. */
const FOLD = [203, 206, 216];
const PLACES: Readonly<Record<number, readonly [x: number, y: number]>> = {
  129: [-0.24, 0.68],
  203: [-0.32, 0.8],
  206: [-0.44, 0.95],
  216: [-0.52, 1.12],
  212: [-0.5, 1.3],
  202: [-0.42, 1.45],
  98: [-0.2, 0.76],
  187: [-0.62, 0.85],
  210: [-0.6, 1.3],
};
const MIRRORED: Readonly<Record<number, number>> = {
  129: 358,
  203: 423,
  206: 426,
  216: 436,
  212: 432,
  202: 422,
  98: 327,
  187: 411,
  210: 430,
};

let face: { rig: Rig; photo: Photo };
let folded: Photo;

beforeAll(() => {
  face = drawRig();
  const { rig, photo } = face;
  const place = (index: number, x: number, y: number): void => {
    const { u, v } = surfaceAtHead(rig, x, y, 0);
    rig.landmarks.set([u, v], index * 3);
  };
  place(175, 0, 1.7);
  for (const [index, [x, y]] of Object.entries(PLACES)) {
    place(Number(index), x, y);
    place(MIRRORED[Number(index)]!, -x, y);
  }
  const rgb = photo.rgb.slice();
  const pixels = FOLD.map((index) => {
    const { u, v } = surfaceAtHead(rig, ...PLACES[index]!, 0);
    return { x: u, y: v };
  });
  for (let y = 0; y < photo.height; y++) {
    for (let x = 0; x < photo.width; x++) {
      const away = distanceToPath(pixels, x + 0.5, y + 0.5).distance / rig.head.eyeDistance;
      if (away > 0.1) continue;
      const shade = 1 - 0.5 * Math.max(0, 1 - away / 0.03);
      for (let c = 0; c < 3; c++) rgb[(y * photo.width + x) * 3 + c]! *= shade;
    }
  }
  folded = { ...photo, rgb };
});

async function prepare(photo: Photo): Promise<Bench> {
  const { rig } = face;
  const framing = planFraming(rig, photo, { resolution: "540p", aspectRatio: "1:1", fit: null });
  const kernels = await createWasmKernels(16_000_000);
  const arena = new Arena(kernels.memory);
  const plate = await createPlate(photo, framing, 32, arena, () => {});
  const measures = measureDistances(rig);
  return {
    context: { rig, measures, plate, arena, personWeight: createPersonWeight(rig) },
    kernels,
    framing,
  };
}

function lumaOf({ context, kernels }: Bench): Uint8Array {
  const { at, stride, height } = context.plate.luma;
  return new Uint8Array(kernels.memory, at, stride * height).slice();
}

function liven(bench: Bench, changes: readonly SkinChange[]): LivePlate {
  const { kernels, context, framing } = bench;
  return new LivePlate(kernels, context.plate, context.arena, changes, skinBytes(face.rig, framing));
}

/** Light on the fold relative to the skin at both of its sides. */
function foldContrast({ context }: Bench, luma: Uint8Array): number {
  const { plate, rig } = context;
  const at = (dx: number): number => {
    const [x, y] = PLACES[FOLD[1]!]!;
    const { u, v } = surfaceAtHead(rig, x + dx, y, 0);
    const { placement } = plate;
    const column = Math.round(2 * (u * placement.scaleX + placement.offsetX - 0.5));
    const row = Math.round(2 * (v * placement.scaleY + placement.offsetY - 0.5));
    return luma[row * plate.luma.stride + column]! - 16;
  };
  return at(0) / ((at(-0.09) + at(0.09)) / 2);
}

describe("the skin", () => {
  it("loses the folds of a smile as far as asked, and gets every texel back", async () => {
    const bench = await prepare(folded);
    const before = lumaOf(bench);
    const live = liven(bench, [smileFolds(bench.context)]);
    expect(foldContrast(bench, before)).toBeLessThan(0.62);
    live.update([0]);
    expect(Buffer.compare(lumaOf(bench), before)).toBe(0);
    live.update([0.5]);
    const half = foldContrast(bench, lumaOf(bench));
    live.update([1]);
    const whole = foldContrast(bench, lumaOf(bench));
    expect(half).toBeGreaterThan(0.65);
    expect(whole).toBeGreaterThan(0.86);
    expect(whole).toBeLessThan(1.1);
    expect(half).toBeLessThan(whole);
    live.update([0]);
    expect(Buffer.compare(lumaOf(bench), before)).toBe(0);
  });

  it("names the tiles that differ from the photo, and no texel changes outside of them", async () => {
    const bench = await prepare(folded);
    const before = lumaOf(bench);
    const live = liven(bench, [smileFolds(bench.context)]);
    const tiles: [number, number, number][] = [];
    live.forEachChanged((...tile) => tiles.push(tile));
    expect(tiles).toEqual([]);
    live.update([1]);
    live.forEachChanged((...tile) => tiles.push(tile));
    const after = lumaOf(bench);
    const { stride } = bench.context.plate.luma;
    let changed = 0;
    for (let i = 0; i < after.length; i++) {
      if (after[i] === before[i]) continue;
      changed++;
      const x = (i % stride) / 2;
      const y = Math.floor(i / stride) / 2;
      const isInside = tiles.some(([left, top, side]) => {
        return x >= left && y >= top && x < left + side && y < top + side;
      });
      if (!isInside) expect.fail(`texel at ${x}, ${y} changed outside of the tiles`);
    }
    expect(changed).toBeGreaterThan(500);
  });

  it("stays as in the photo where memory is short", async () => {
    const bench = await prepare(folded);
    const before = lumaOf(bench);
    const { kernels, context } = bench;
    const live = new LivePlate(kernels, context.plate, context.arena, [smileFolds(context)], 3000);
    live.update([1]);
    const after = lumaOf(bench);
    expect(after.filter((value, i) => value !== before[i]).length).toBeLessThanOrEqual(1024);
  });
});
