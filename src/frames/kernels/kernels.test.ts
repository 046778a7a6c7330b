import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../shared/random.js";
import { Arena } from "./arena.js";
import { fillWeightTable, type Kernels, PHASES, TABLE_SHORTS, TILE } from "./kernels.js";
import { createPlainKernels } from "./plain-kernels.js";
import { createWasmKernels } from "./wasm-kernels.js";

const BYTES = 400_000;
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });
/** Flags as they occur, and one that nobody knows. */
const FLAGS = [0, 1, 1, 2, 3];

/** Runs the same work by both kernels over the same memory. */
type Twins = {
  /** Prepares the memory, then checks that `work` leaves the same bytes and gives the same result. */
  compare<Blocks>(
    prepare: (arena: Arena) => Blocks,
    work: (kernels: Kernels, blocks: Blocks) => number | undefined,
  ): Uint8Array;
};

async function createTwins(): Promise<Twins> {
  const wasm = await createWasmKernels(BYTES);
  const plain = createPlainKernels(new ArrayBuffer(wasm.memory.byteLength));
  return {
    compare(prepare, work) {
      const blocks = prepare(new Arena(wasm.memory));
      const before = new Uint8Array(wasm.memory).slice();
      new Uint8Array(plain.memory).set(before);
      const results = [work(wasm, blocks), work(plain, blocks)];
      expect(results[0]).toBe(results[1]);
      // Buffers compare natively; a diff of half a million numbers would take minutes to print.
      const difference = Buffer.compare(Buffer.from(wasm.memory), Buffer.from(plain.memory));
      if (difference !== 0) {
        const a = new Uint8Array(wasm.memory);
        const b = new Uint8Array(plain.memory);
        const at = a.findIndex((value, i) => value !== b[i]);
        throw new Error(`byte ${at}: wasm ${a[at]}, plain ${b[at]}, before ${before[at]}`);
      }
      return before;
    },
  };
}

const twins = await createTwins();

function integer(random: Random, low: number, high: number): number {
  return Math.floor(random.between(low, high + 1));
}

type Grid = {
  readonly columns: number;
  readonly rows: number;
  readonly cellShift: number;
  readonly width: number;
  readonly height: number;
};
const grids = fc.record({
  columns: fc.integer({ min: 1, max: 7 }),
  rows: fc.integer({ min: 1, max: 6 }),
  cellShift: fc.integer({ min: 1, max: 4 }),
  width: fc.integer({ min: 16, max: 150 }),
  height: fc.integer({ min: 12, max: 110 }),
});

/** Source positions of all nodes: an affine map, and a displacement of up to `spread` pixels at each node. */
function fillNodes(
  view: Int32Array,
  grid: Grid,
  density: number,
  random: Random,
  spread: number,
  far: number,
): void {
  const cell = 1 << grid.cellShift;
  // Nodes are in pixels of the luma plane, also where the plane is chroma.
  const pixel = density === 2 ? 1 : 2;
  const [xx, xy, yx, yy] = [
    random.between(1 - spread / 8, 1 + spread / 8),
    random.between(-spread / 8, spread / 8),
    random.between(-spread / 8, spread / 8),
    random.between(1 - spread / 8, 1 + spread / 8),
  ];
  const originX = random.between(-far, far);
  const originY = random.between(-far, far);
  for (let y = 0; y <= grid.rows; y++) {
    for (let x = 0; x <= grid.columns; x++) {
      const at = (y * (grid.columns + 1) + x) * 2;
      const u = originX + (xx * x + xy * y) * cell * pixel + random.between(-spread, spread);
      const v = originY + (yx * x + yy * y) * cell * pixel + random.between(-spread, spread);
      view[at] = Math.floor(u * 65536);
      view[at + 1] = Math.floor(v * 65536);
    }
  }
}

function warp(grid: Grid, density: number, seed: number, spread: number, far: number, noise: number): void {
  twins.compare(
    (arena) => {
      const random = createRandom(seed);
      const table = arena.shorts(TABLE_SHORTS);
      fillWeightTable(table.view);
      const source = arena.bytes(grid.width * grid.height);
      for (let i = 0; i < source.view.length; i++) source.view[i] = random.between(128 - noise, 128 + noise);
      const nodes = arena.integers((grid.columns + 1) * (grid.rows + 1) * 2);
      fillNodes(nodes.view, grid, density, random, spread, far);
      const flags = arena.bytes(grid.columns * grid.rows);
      for (let i = 0; i < flags.view.length; i++) flags.view[i] = FLAGS[integer(random, 0, 4)]!;
      const stride = (grid.columns << grid.cellShift) + integer(random, 0, 9);
      const target = arena.bytes(stride * (grid.rows << grid.cellShift));
      target.view.fill(77);
      return { table, source, nodes, flags, target, stride };
    },
    (kernels, { table, source, nodes, flags, target, stride }) => {
      kernels.warpCells(
        source.at,
        grid.width,
        grid.width,
        grid.height,
        density,
        table.at,
        nodes.at,
        1,
        grid.columns,
        grid.rows,
        flags.at,
        target.at,
        stride,
        grid.cellShift,
      );
      return undefined;
    },
  );
}

describe("the weight table", () => {
  const table = new Int16Array(TABLE_SHORTS);
  fillWeightTable(table);

  it("sums to exactly one for every pair of phases", () => {
    for (let phase = 0; phase < PHASES * PHASES; phase++) {
      let sum = 0;
      for (let k = 0; k < 16; k++) {
        sum += table[phase * 16 + k]!;
      }
      expect(sum).toBe(16384);
    }
  });

  it("holds, per phase, the same four weights for each of four neighbours, with sum one", () => {
    for (let phase = 0; phase < PHASES; phase++) {
      const at = PHASES * PHASES * 16 + phase * 16;
      expect(table[at]! + table[at + 1]! + table[at + 8]! + table[at + 9]!).toBe(16384);
      for (let lane = 2; lane < 8; lane++) {
        expect(table[at + lane]).toBe(table[at + (lane & 1)]);
        expect(table[at + 8 + lane]).toBe(table[at + 8 + (lane & 1)]);
      }
    }
  });

  it("is the identity on a texel, mirrored around the middle", () => {
    const axis = PHASES * PHASES * 16;
    const weights = (phase: number): number[] =>
      [0, 1, 8, 9].map((lane) => table[axis + phase * 16 + lane]! / 16384);
    [0, 1, 0, 0].forEach((weight, k) => {
      expect(weights(0)[k]).toBeCloseTo(weight, 4);
    });
    for (let phase = 1; phase < PHASES; phase++) {
      const mirrored = weights(PHASES - phase).reverse();
      weights(phase).forEach((weight, k) => {
        expect(weight).toBeCloseTo(mirrored[k]!, 4);
      });
    }
  });
});

describe("WebAssembly and plain kernels leave the same memory", () => {
  const densities = fc.constantFrom(1, 2);

  it("warpCells, where cells nearly keep their shape and four neighbours share a phase", () => {
    fc.assert(
      fc.property(
        grids,
        densities,
        seeds,
        fc.double({ min: 0, max: 1.5, noNaN: true }),
        (grid, density, seed, spread) => warp(grid, density, seed, spread, 30, 90),
      ),
      { numRuns: 150 },
    );
  });

  it("warpCells, torn and folded", () => {
    fc.assert(
      fc.property(
        grids,
        densities,
        seeds,
        fc.double({ min: 1, max: 120, noNaN: true }),
        (grid, density, seed, spread) => warp(grid, density, seed, spread, 60, 127),
      ),
      { numRuns: 150 },
    );
  });

  it("warpCells, with positions far beyond the plate and texels of any value", () => {
    fc.assert(
      fc.property(grids, densities, seeds, (grid, density, seed) =>
        warp(grid, density, seed, seed % 3 === 0 ? 0 : 40, 9000, 127),
      ),
      { numRuns: 150 },
    );
  });

  it("copyCells", () => {
    fc.assert(
      fc.property(grids, seeds, ({ columns, rows, cellShift }, seed) => {
        const random = createRandom(seed);
        const stride = (columns << cellShift) + integer(random, 0, 20);
        const bytes = stride * (rows << cellShift);
        twins.compare(
          (arena) => {
            const source = arena.bytes(bytes);
            const target = arena.bytes(bytes);
            const flags = arena.bytes(columns * rows);
            for (let i = 0; i < bytes; i++) source.view[i] = integer(random, 0, 255);
            target.view.fill(3);
            for (let i = 0; i < flags.view.length; i++) flags.view[i] = FLAGS[integer(random, 0, 4)]!;
            return { source, target, flags };
          },
          (kernels, { source, target, flags }) => {
            kernels.copyCells(source.at, target.at, stride, columns, rows, flags.at, cellShift);
            return undefined;
          },
        );
      }),
      { numRuns: 60 },
    );
  });

  it("rasterLattice, of lattices that are smooth, folded, turned away, tiny or beyond the nodes", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 8, noNaN: true }),
        fc.constantFrom(-3, -1, -0.01, 0, 0.02, 0.6, 1, 2.5, 40),
        fc.boolean(),
        fc.boolean(),
        (seed, columns, rows, nodeColumns, nodeRows, noise, step, hasAttributes, hasSkip) => {
          twins.compare(
            (arena) => {
              const random = createRandom(seed);
              const vertices = arena.floats(columns * rows * 8);
              const x0 = random.between(-6, nodeColumns);
              const y0 = random.between(-6, nodeRows);
              // Whole and half positions, so that nodes fall on edges and corners.
              const snap = seed % 4 === 0 ? 2 : 65536;
              for (let i = 0; i < columns * rows; i++) {
                const x = x0 + (i % columns) * step + random.between(-noise, noise);
                const y = y0 + Math.floor(i / columns) * Math.abs(step) + random.between(-noise, noise);
                vertices.view.set(
                  [
                    Math.round(x * snap) / snap,
                    Math.round(y * snap) / snap,
                    seed % 5 === 0 ? 1 : random.between(-2, 2),
                    random.between(-500, 3000),
                    random.between(-500, 3000),
                    random.between(-100, 100),
                    random.between(-2, 2),
                    Number.NaN,
                  ],
                  i * 8,
                );
              }
              const skip = arena.bytes((columns - 1) * (rows - 1));
              for (let i = 0; i < skip.view.length; i++) skip.view[i] = integer(random, 0, 1);
              const nodes = arena.integers(nodeColumns * nodeRows * 2);
              const attributes = arena.floats(nodeColumns * nodeRows * 2);
              const depths = arena.floats(nodeColumns * nodeRows);
              // Some nodes are already covered by a nearer or farther surface.
              for (let i = 0; i < depths.view.length; i++) {
                depths.view[i] = integer(random, 0, 2) === 0 ? random.between(-2, 2) : Infinity;
              }
              return { vertices, skip, nodes, attributes, depths };
            },
            (kernels, { vertices, skip, nodes, attributes, depths }) => {
              kernels.rasterLattice(
                vertices.at,
                columns,
                rows,
                hasSkip ? skip.at : 0,
                nodes.at,
                hasAttributes ? attributes.at : 0,
                depths.at,
                nodeColumns,
                nodeRows,
              );
              return undefined;
            },
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it("markCells, and both count the same moving cells", () => {
    fc.assert(
      fc.property(
        seeds,
        grids,
        fc.integer({ min: -3000, max: 3000 }),
        fc.constantFrom(0, 400, 511, 512, 70_000),
        (seed, { columns, rows, cellShift }, origin, reach) => {
          const random = createRandom(seed);
          const originX = origin * 4099;
          const originY = origin * -2053;
          const step = 65536 << cellShift;
          twins.compare(
            (arena) => {
              const nodes = arena.integers((columns + 1) * (rows + 1) * 2);
              const flags = arena.bytes(columns * rows);
              for (let i = 0; i < nodes.view.length / 2; i++) {
                const moved = (): number =>
                  integer(random, 0, 2) === 0 ? integer(random, -reach, reach) : 0;
                nodes.view[2 * i] = originX + (i % (columns + 1)) * step + moved();
                nodes.view[2 * i + 1] = originY + Math.floor(i / (columns + 1)) * step + moved();
              }
              for (let i = 0; i < flags.view.length; i++) flags.view[i] = FLAGS[integer(random, 0, 3)]!;
              return { nodes, flags };
            },
            (kernels, { nodes, flags }) =>
              kernels.markCells(nodes.at, flags.at, columns, rows, originX, originY, step),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it("resetNodes", () => {
    fc.assert(
      fc.property(grids, seeds, ({ columns, rows, cellShift }, seed) => {
        const random = createRandom(seed);
        const origin = integer(random, -(2 ** 24), 2 ** 24);
        const step = seed % 4 === 0 ? 0 : 65536 << cellShift;
        twins.compare(
          (arena) => ({
            nodes: arena.integers(columns * rows * 2),
            depths: arena.floats(columns * rows),
          }),
          (kernels, { nodes, depths }) => {
            kernels.resetNodes(nodes.at, depths.at, columns, rows, origin, -origin, step);
            return undefined;
          },
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("tiles of the plate", () => {
  it("blendTile, with any number of changes, shares and texels", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 40 }),
        (seed, count, more) => {
          twins.compare(
            (arena) => {
              const random = createRandom(seed);
              const bytes = (): number => {
                const block = arena.bytes(TILE * TILE);
                for (let i = 0; i < block.view.length; i++) block.view[i] = integer(random, 0, 255);
                return block.at;
              };
              const base = bytes();
              const links = arena.integers(12);
              for (let k = 0; k < count; k++) links.view.set([bytes(), integer(random, -64, 64)], 2 * k);
              const stride = TILE + more;
              return { base, links, stride, target: arena.bytes(stride * TILE) };
            },
            (kernels, { base, links, stride, target }) => {
              kernels.blendTile(target.at, stride, base, links.at, count);
              return undefined;
            },
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("coverCells, luma and chroma, with any cover", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 2), fc.constantFrom(3, 4), (seed, nodeStep, cellShift) => {
        twins.compare(
          (arena) => {
            const random = createRandom(seed);
            const [columns, rows] = [3, 2];
            const size = 1 << cellShift;
            const bytes = (count: number, least: number, most: number): { at: number; view: Uint8Array } => {
              const block = arena.bytes(count);
              for (let i = 0; i < count; i++) block.view[i] = integer(random, least, most);
              return block;
            };
            const [coverWidth, coverHeight] = [30, 22];
            const nodes = arena.integers((columns * nodeStep + 1) * (rows * nodeStep + 1) * 2);
            for (let i = 0; i < nodes.view.length; i++)
              nodes.view[i] = integer(random, -9, 70) * 65_536 + i * 977;
            const stride = columns * size;
            return {
              columns,
              rows,
              stride,
              coverWidth,
              coverHeight,
              nodes,
              still: bytes(stride * rows * size, 0, 255),
              target: bytes(stride * rows * size, 0, 255),
              cover: bytes(coverWidth * coverHeight, 0, 255),
              kinds: bytes(coverWidth * coverHeight, 0, 2),
              flags: bytes(columns * rows, 0, 2),
            };
          },
          (kernels, s) => {
            kernels.coverCells(
              s.still.at,
              s.target.at,
              s.stride,
              s.cover.at,
              s.kinds.at,
              s.coverWidth,
              s.coverHeight,
              s.nodes.at,
              nodeStep,
              s.columns,
              s.rows,
              s.flags.at,
              cellShift,
            );
            return undefined;
          },
        );
      }),
      { numRuns: 60 },
    );
  });

  it("blendCells, luma and chroma, with any alpha", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 2), fc.constantFrom(3, 4), (seed, step, cellShift) => {
        twins.compare(
          (arena) => {
            const random = createRandom(seed);
            const stride = 3 << cellShift;
            const pixels = stride * (2 << cellShift);
            const bytes = (count: number, most = 255): number => {
              const block = arena.bytes(count);
              // Extremes are what blending has to leave alone.
              for (let i = 0; i < count; i++) {
                block.view[i] = Math.min(Math.max(integer(random, -60, most + 60), 0), most);
              }
              return block.at;
            };
            const [behind, target, alpha] = [bytes(pixels), bytes(pixels), bytes(pixels * step * step)];
            return { stride, behind, target, alpha, flags: bytes(6, 2) };
          },
          (kernels, { stride, behind, target, alpha, flags }) => {
            kernels.blendCells(behind, target, stride, alpha, step as 1 | 2, 3, 2, flags, cellShift);
            return undefined;
          },
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("what the kernels do", () => {
  it("coverCells shows what is drawn where the cover is full, the still picture where there is none", () => {
    const kernels = createPlainKernels(new ArrayBuffer(16_384));
    const arena = new Arena(kernels.memory);
    const nodes = arena.integers(4 * 2);
    nodes.view.set([0, 0, 16 << 16, 0, 0, 16 << 16, 16 << 16, 16 << 16]);
    const still = arena.bytes(256);
    const target = arena.bytes(256);
    const cover = arena.bytes(10 * 10);
    const kinds = arena.bytes(10 * 10);
    const flags = arena.bytes(1);
    flags.view[0] = 1;
    const draw = (value: number): readonly Uint8Array[] => {
      still.view.fill(40);
      target.view.fill(200);
      cover.view.fill(value);
      kinds.view.fill(1);
      kernels.coverCells(still.at, target.at, 16, cover.at, kinds.at, 10, 10, nodes.at, 1, 1, 1, flags.at, 4);
      return [target.view];
    };
    expect(draw(255)[0]).toEqual(new Uint8Array(256).fill(200));
    expect(draw(0)[0]).toEqual(new Uint8Array(256).fill(40));
    expect(draw(128)[0]![100]).toBe(120);
  });

  it("blendCells keeps what is opaque, shows what lies behind where nothing is, and rounds in between", async () => {
    for (const kernels of [createPlainKernels(new ArrayBuffer(16_384)), await createWasmKernels(16_384)]) {
      const arena = new Arena(kernels.memory);
      const [behind, target, alpha] = [arena.bytes(64), arena.bytes(64), arena.bytes(64)];
      const flags = arena.bytes(1);
      flags.view[0] = 1;
      const draw = (below: number, above: number, share: number): number => {
        behind.view.fill(below);
        target.view.fill(above);
        alpha.view.fill(share);
        kernels.blendCells(behind.at, target.at, 8, alpha.at, 1, 1, 1, flags.at, 3);
        return target.view[37]!;
      };
      for (const [a, b] of [
        [0, 255],
        [255, 0],
        [16, 235],
        [90, 91],
      ] as const) {
        expect([draw(a, b, 0), draw(a, b, 255)]).toEqual([a, b]);
        for (let share = 0; share < 256; share += 5) {
          expect(Math.abs(draw(a, b, share) - (a + ((b - a) * share) / 255))).toBeLessThan(0.6);
        }
      }
    }
  });

  it("a lattice that is turned away from the viewer covers nothing, a nearer one wins", () => {
    const draw = (lattices: { mirrored: boolean; depth: number; u: number }[]): number[] => {
      const kernels = createPlainKernels(new ArrayBuffer(8192));
      const arena = new Arena(kernels.memory);
      const vertices = arena.floats(4 * 8);
      const nodes = arena.integers(9 * 2);
      const depths = arena.floats(9);
      kernels.resetNodes(nodes.at, depths.at, 3, 3, 0, 0, 65536);
      for (const { mirrored, depth, u } of lattices) {
        for (let i = 0; i < 4; i++) {
          const x = (i & 1) === (mirrored ? 1 : 0) ? -0.5 : 2.5;
          vertices.view.set([x, i < 2 ? -0.5 : 2.5, depth, u, 7, 0, 0, 0], i * 8);
        }
        kernels.rasterLattice(vertices.at, 2, 2, 0, nodes.at, 0, depths.at, 3, 3);
      }
      return Array.from({ length: 9 }, (_, i) => nodes.view[2 * i]! / 65536);
    };
    expect(draw([{ mirrored: true, depth: 0, u: 50 }])).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    const near = { mirrored: false, depth: -1, u: 50 };
    const far = { mirrored: false, depth: 1, u: 90 };
    expect(draw([near, far])).toEqual(Array(9).fill(50));
    expect(draw([far, near])).toEqual(Array(9).fill(50));
  });

  it("cells at rest are told from moving ones, and nearly resting nodes snap", async () => {
    const kernels = await createWasmKernels(8192);
    const arena = new Arena(kernels.memory);
    const nodes = arena.integers(4 * 2 * 2);
    const depths = arena.floats(8);
    const flags = arena.bytes(3);
    kernels.resetNodes(nodes.at, depths.at, 4, 2, 1000, 2000, 8 << 16);
    nodes.view[0]! += 511;
    nodes.view[7]! += 512;
    flags.view.set([1, 1, 0]);
    expect(kernels.markCells(nodes.at, flags.at, 3, 1, 1000, 2000, 8 << 16)).toBe(0);
    expect([...flags.view]).toEqual([2, 2, 0]);
    expect(nodes.view[0]).toBe(1000);
    flags.view.set([1, 1, 1]);
    expect(kernels.markCells(nodes.at, flags.at, 3, 1, 1000, 2000, 8 << 16)).toBe(1);
    expect([...flags.view]).toEqual([2, 2, 1]);
    expect(nodes.view[7]).toBe(2512);
  });
});
