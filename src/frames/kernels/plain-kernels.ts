import { DRIFT, type Kernels, PHASES, TILE } from "./kernels.js";

/** The kernels in plain TypeScript: slow, easy to read, byte for byte equal to the WebAssembly ones. */
export function createPlainKernels(memory: ArrayBuffer): Kernels {
  const u8 = new Uint8Array(memory);
  const i8 = new Int8Array(memory);
  const i16 = new Int16Array(memory);
  const i32 = new Int32Array(memory);
  const f32 = new Float32Array(memory);

  const sample = (source: number, stride: number, table: number, tu: number, tv: number): number => {
    const phase = ((tv >> 11) & (PHASES - 1)) * PHASES + ((tu >> 11) & (PHASES - 1));
    let sum = 0;
    for (let k = 0; k < 16; k++) {
      const texel = source + ((tv >> 16) - 1 + (k >> 2)) * stride + (tu >> 16) - 1 + (k & 3);
      sum += u8[texel]! * i16[table / 2 + phase * 16 + k]!;
    }
    return Math.min(Math.max((sum + 8192) >> 14, 0), 255);
  };

  /** Neighbours of one phase: along the row first, rounded down to a sixteenth (half of which the last rounding gives back), then down the column. */
  const sampleShared = (
    source: number,
    stride: number,
    density: number,
    table: number,
    tu: number,
    tv: number,
    index: number,
  ): number => {
    const axis = table / 2 + PHASES * PHASES * 16;
    const down = axis + ((tv >> 11) & (PHASES - 1)) * 16;
    const across = axis + ((tu >> 11) & (PHASES - 1)) * 16;
    const corner = source + ((tv >> 16) - 1) * stride + (tu >> 16) - 1 + index * density;
    let sum = 0;
    for (let y = 0; y < 4; y++) {
      let row = 0;
      for (let x = 0; x < 4; x++) row += u8[corner + y * stride + x]! * i16[across + (x >> 1) * 8 + (x & 1)]!;
      sum += (row >> 10) * i16[down + (y >> 1) * 8 + (y & 1)]!;
    }
    return Math.min(Math.max((sum + (1 << 17) + 8192) >> 18, 0), 255);
  };

  return {
    name: "plain",
    memory,
    warpCells(
      source,
      stride,
      width,
      height,
      density,
      table,
      nodes,
      nodeStep,
      columns,
      rows,
      flags,
      target,
      targetStride,
      cellShift,
    ) {
      const cell = 1 << cellShift;
      const half = cellShift + 1;
      const texel = (position: number, last: number): number =>
        Math.min(Math.max(density === 2 ? (position << 1) - 65536 : (position >> 1) - 32768, 65536), last);
      const step = density << 16;
      const lastU = (width - 8) << 16;
      const lastV = (height - 4) << 16;
      for (let cy = 0; cy < rows; cy++) {
        for (let cx = 0; cx < columns; cx++) {
          if (u8[flags + cy * columns + cx] !== 1) continue;
          const corner = (x: number, y: number): [number, number] => {
            const at = nodes / 4 + ((cy + y) * (columns * nodeStep + 1) + cx + x) * nodeStep * 2;
            return [texel(i32[at]!, lastU), texel(i32[at + 1]!, lastV)];
          };
          const [u00, v00] = corner(0, 0);
          const [u10, v10] = corner(1, 0);
          const [u01, v01] = corner(0, 1);
          const [u11, v11] = corner(1, 1);
          const span = step << cellShift;
          const worst = Math.max(
            Math.abs(u10 - u00 - span),
            Math.abs(u11 - u01 - span),
            Math.abs(v10 - v00),
            Math.abs(v11 - v01),
          );
          const fits = (run: number): boolean =>
            1 << cellShift >= run && (worst * run) >> cellShift <= density * DRIFT;
          const run = fits(8) ? 8 : fits(4) ? 4 : 1;
          for (let r = 0; r < cell; r++) {
            const k = 2 * r + 1;
            const uLeft = u00 + (((u01 - u00) * k) >> half);
            const vLeft = v00 + (((v01 - v00) * k) >> half);
            const uSpan = u10 + (((u11 - u10) * k) >> half) - uLeft;
            const vSpan = v10 + (((v11 - v10) * k) >> half) - vLeft;
            for (let c = 0; c < cell; c++) {
              const j = 2 * c + 1;
              const tu = uLeft + 1024 + ((uSpan * j) >> half);
              const tv = vLeft + 1024 + ((vSpan * j) >> half);
              const middle = 2 * (c - (c % run)) + run;
              const su = Math.max(uLeft + ((uSpan * middle) >> half) - (step >> 1) * (run - 1) + 1024, 65536);
              const sv = vLeft + ((vSpan * middle) >> half) + 1024;
              u8[target + (cy * cell + r) * targetStride + cx * cell + c] =
                run > 1
                  ? sampleShared(source, stride, density, table, su, sv, c % run)
                  : sample(source, stride, table, tu, tv);
            }
          }
        }
      }
    },
    copyCells(source, target, stride, columns, rows, flags, cellShift) {
      const cell = 1 << cellShift;
      for (let cy = 0; cy < rows; cy++) {
        for (let cx = 0; cx < columns; cx++) {
          if (u8[flags + cy * columns + cx] !== 2) continue;
          for (let r = 0; r < cell; r++) {
            const at = (cy * cell + r) * stride + cx * cell;
            u8.copyWithin(target + at, source + at, source + at + cell);
          }
        }
      }
    },
    rasterLattice(vertices, columns, rows, skip, nodes, attributes, depths, nodeColumns, nodeRows) {
      const triangle = (a: number, b: number, c: number): void => {
        const [ax, ay, bx, by, cx, cy] = [f32[a]!, f32[a + 1]!, f32[b]!, f32[b + 1]!, f32[c]!, f32[c + 1]!];
        const firstColumn = Math.max(Math.ceil(Math.min(ax, bx, cx) - 1e-4), 0);
        const lastColumn = Math.min(Math.floor(Math.max(ax, bx, cx) + 1e-4), nodeColumns - 1);
        const firstRow = Math.max(Math.ceil(Math.min(ay, by, cy) - 1e-4), 0);
        const lastRow = Math.min(Math.floor(Math.max(ay, by, cy) + 1e-4), nodeRows - 1);
        const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
        if (area <= 1e-9) return;
        const inverse = 1 / area;
        for (let y = firstRow; y <= lastRow; y++) {
          const dy = y - ay;
          for (let x = firstColumn; x <= lastColumn; x++) {
            const dx = x - ax;
            const wb = (dx * (cy - ay) - (cx - ax) * dy) * inverse;
            const wc = ((bx - ax) * dy - dx * (by - ay)) * inverse;
            const wa = 1 - wb - wc;
            if (wa < -1e-4 || wb < -1e-4 || wc < -1e-4) continue;
            const blend = (k: number): number => wa * f32[a + k]! + wb * f32[b + k]! + wc * f32[c + k]!;
            const index = y * nodeColumns + x;
            const depth = Math.fround(blend(2));
            if (depth >= f32[depths / 4 + index]!) continue;
            f32[depths / 4 + index] = depth;
            i32[nodes / 4 + index * 2] = Math.floor(blend(3) * 65536 + 0.5);
            i32[nodes / 4 + index * 2 + 1] = Math.floor(blend(4) * 65536 + 0.5);
            if (attributes !== 0) {
              f32[attributes / 4 + index * 2] = blend(5);
              f32[attributes / 4 + index * 2 + 1] = blend(6);
            }
          }
        }
      };
      for (let j = 0; j < rows - 1; j++) {
        for (let i = 0; i < columns - 1; i++) {
          if (skip !== 0 && u8[skip + j * (columns - 1) + i] !== 0) continue;
          const v00 = vertices / 4 + (j * columns + i) * 8;
          const v01 = v00 + columns * 8;
          triangle(v00, v00 + 8, v01 + 8);
          triangle(v00, v01 + 8, v01);
        }
      }
    },
    markCells(nodes, flags, columns, rows, originX, originY, step) {
      const nodeColumns = columns + 1;
      const isRest: boolean[] = [];
      for (let y = 0; y <= rows; y++) {
        for (let x = 0; x <= columns; x++) {
          const at = nodes / 4 + (y * nodeColumns + x) * 2;
          const restU = originX + x * step;
          const restV = originY + y * step;
          const still = Math.abs(i32[at]! - restU) < 512 && Math.abs(i32[at + 1]! - restV) < 512;
          if (still) {
            i32[at] = restU;
            i32[at + 1] = restV;
          }
          isRest.push(still);
        }
      }
      let moving = 0;
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const flag = flags + y * columns + x;
          if (u8[flag] === 0) continue;
          const at = y * nodeColumns + x;
          const still =
            isRest[at]! && isRest[at + 1]! && isRest[at + nodeColumns]! && isRest[at + nodeColumns + 1]!;
          u8[flag] = still ? 2 : 1;
          if (!still) moving++;
        }
      }
      return moving;
    },
    resetNodes(nodes, depths, columns, rows, originX, originY, step) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const index = y * columns + x;
          i32[nodes / 4 + index * 2] = originX + x * step;
          i32[nodes / 4 + index * 2 + 1] = originY + y * step;
          f32[depths / 4 + index] = Number.POSITIVE_INFINITY;
        }
      }
    },
    blendTile(target, stride, base, links, count) {
      const saturate = (value: number): number => Math.min(Math.max(value, -32_768), 32_767);
      for (let row = 0; row < TILE; row++) {
        for (let column = 0; column < TILE; column++) {
          const at = row * TILE + column;
          let sum = u8[base + at]! << 6;
          for (let k = 0; k < count; k++) {
            const change = i8[i32[links / 4 + 2 * k]! + at]!;
            sum = saturate(sum + change * i32[links / 4 + 2 * k + 1]!);
          }
          u8[target + row * stride + column] = Math.min(Math.max(saturate(sum + 32) >> 6, 0), 255);
        }
      }
    },
    coverCells(
      still,
      target,
      stride,
      cover,
      kinds,
      coverWidth,
      coverHeight,
      nodes,
      nodeStep,
      columns,
      rows,
      flags,
      cellShift,
    ) {
      const cell = 1 << cellShift;
      const half = cellShift + 1;
      const run = 8 / nodeStep;
      const inside = (t: number, size: number): number => Math.min(Math.max(t, 0), ((size - 1) << 16) - 1);
      for (let cy = 0; cy < rows; cy++) {
        for (let cx = 0; cx < columns; cx++) {
          if (u8[flags + cy * columns + cx] !== 1) continue;
          const corner = (x: number, y: number, axis: number): number =>
            (i32[nodes / 4 + ((cy + y) * (columns * nodeStep + 1) + cx + x) * nodeStep * 2 + axis]! >> 1) -
            32_768;
          /** Texel shown at (twice c, r), Q16, along an axis. */
          const place = (axis: number, twice: number, r: number): number => {
            const down = (x: number): number =>
              corner(x, 0, axis) + (((corner(x, 1, axis) - corner(x, 0, axis)) * (2 * r + 1)) >> half);
            return down(0) + (((down(1) - down(0)) * twice) >> half);
          };
          for (let r = 0; r < cell; r++) {
            for (let c = 0; c < cell; c++) {
              const middle = 2 * (c - (c % run)) + run;
              const mu = inside(place(0, middle, r), coverWidth) >> 16;
              const mv = inside(place(1, middle, r), coverHeight) >> 16;
              const kind = u8[kinds + mv * coverWidth + mu]!;
              if (kind === 0) continue;
              const quarter = 2 * (c - (c % (run / 4))) + run / 4;
              const u = inside(place(0, quarter, r), coverWidth);
              const v = inside(place(1, quarter, r), coverHeight);
              const at = cover + (v >> 16) * coverWidth + (u >> 16);
              const row = (p: number): number => (u8[p]! << 8) + (u8[p + 1]! - u8[p]!) * ((u >> 8) & 255);
              const upper = row(at);
              const lower = row(at + coverWidth);
              const share =
                kind === 2 ? 0 : ((upper << 8) + (lower - upper) * ((v >> 8) & 255) + 65_536) >> 17;
              const pixel = ((cy << cellShift) + r) * stride + (cx << cellShift) + c;
              const behind = u8[still + pixel]!;
              u8[target + pixel] = behind + (((u8[target + pixel]! - behind) * share + 64) >> 7);
            }
          }
        }
      }
    },
    blendCells(behind, target, stride, alpha, step, columns, rows, flags, cellShift) {
      const cell = 1 << cellShift;
      /** Alpha in Q15. */
      const shareAt = (x: number, y: number): number => {
        const at = alpha + y * step * stride * step + x * step;
        if (step === 1) return (u8[at]! << 7) + (u8[at]! >> 1);
        const below = at + stride * step;
        const sum = u8[at]! + u8[at + 1]! + u8[below]! + u8[below + 1]!;
        return (sum << 5) + (sum >> 3);
      };
      for (let cy = 0; cy < rows; cy++) {
        for (let cx = 0; cx < columns; cx++) {
          if (u8[flags + cy * columns + cx] !== 1) continue;
          for (let y = cy * cell; y < (cy + 1) * cell; y++) {
            for (let x = cx * cell; x < (cx + 1) * cell; x++) {
              const pixel = y * stride + x;
              const below = u8[behind + pixel]!;
              const product = (((u8[target + pixel]! - below) << 7) * shareAt(x, y) + 16_384) >> 15;
              u8[target + pixel] = below + ((product + 64) >> 7);
            }
          }
        }
      }
    },
  };
}
