// Inner loops of the frame renderer. Every function has a plain TypeScript twin in
// src/frames/kernels/plain-kernels.ts that must give the same bytes; the maths is explained there.

/** Bytes of the 2-D weight table; the 1-D table follows it: 32 phases of two times four equal pairs. */
const TABLE_BYTES: usize = 32 * 32 * 32;
/** Largest drift of a run of pixels that may share one phase, Q16 texels at density 1. */
const DRIFT: i32 = 14336;

/** Rounds a sum of rows to the nearest: half a step, and what rounding four rows down lost on average. */
const SHARED_ROUND: i32 = (1 << 17) + 8192;

/** Sum of 16 texels times 16 weights, as four partial sums. `tu`, `tv`: texel position, Q16. */
// @ts-ignore: decorator
@inline
function taps(source: usize, stride: i32, table: usize, tu: i32, tv: i32): v128 {
  const p = source + ((tv >> 16) - 1) * stride + (tu >> 16) - 1;
  const w = table + ((((tv >> 6) & 0x3e0) | ((tu >> 11) & 31)) << 5);
  const q = p + (<usize>stride << 1);
  let texels = v128.load32_zero(p);
  texels = v128.load_lane<u32>(p + stride, texels, 1);
  texels = v128.load_lane<u32>(q, texels, 2);
  texels = v128.load_lane<u32>(q + stride, texels, 3);
  return i32x4.add(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(texels), v128.load(w)),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(texels), v128.load(w, 16)),
  );
}

/** Adds the lanes of each of four vectors: [sum a, sum b, sum c, sum d]. */
// @ts-ignore: decorator
@inline
function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function texel(position: i32, density: i32): i32 {
  return density == 2 ? (position << 1) - 65536 : (position >> 1) - 32768;
}

// @ts-ignore: decorator
@inline
function clampTexel(t: i32, last: i32): i32 {
  return min(max(t, 65536), last);
}

/** Four neighbours of one row, filtered along the row, times 2^14. */
// @ts-ignore: decorator
@inline
function fourAcross(p: usize, density: i32, w01: v128, w23: v128): v128 {
  if (density == 2) {
    return i32x4.add(
      i32x4.dot_i16x8_s(v128.load_ext<u8>(p), w01),
      i32x4.dot_i16x8_s(v128.load_ext<u8>(p, 2), w23),
    );
  }
  const row = v128.load_ext<u8>(p);
  return i32x4.add(
    i32x4.dot_i16x8_s(v128.shuffle<i16>(row, row, 0, 1, 1, 2, 2, 3, 3, 4), w01),
    i32x4.dot_i16x8_s(v128.shuffle<i16>(row, row, 2, 3, 3, 4, 4, 5, 5, 6), w23),
  );
}

/** Two rows of four as pairs of i16, both divided by 2^10 (rounded down). */
// @ts-ignore: decorator
@inline
function pairRows(first: v128, second: v128): v128 {
  return v128.shuffle<i16>(i32x4.shr_s(first, 10), i32x4.shl(second, 6), 0, 9, 2, 11, 4, 13, 6, 15);
}

/** Four rows filtered along and then down; at density 1 the four are every second neighbour. */
// @ts-ignore: decorator
@inline
function downFour(p: usize, rowBytes: usize, x01: v128, x23: v128, y01: v128, y23: v128): v128 {
  const q = p + (rowBytes << 1);
  const upper = pairRows(fourAcross(p, 2, x01, x23), fourAcross(p + rowBytes, 2, x01, x23));
  const lower = pairRows(fourAcross(q, 2, x01, x23), fourAcross(q + rowBytes, 2, x01, x23));
  return i32x4.add(i32x4.dot_i16x8_s(upper, y01), i32x4.dot_i16x8_s(lower, y23));
}

/** Stores eight sums as bytes. */
// @ts-ignore: decorator
@inline
function storeEight(out: usize, first: v128, second: v128, interleave: bool): void {
  const half = i32x4.splat(SHARED_ROUND);
  const wide = i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(first, half), 18),
    i32x4.shr_s(i32x4.add(second, half), 18),
  );
  let bytes = i8x16.narrow_i16x8_u(wide, wide);
  if (interleave) bytes = v128.shuffle<i8>(bytes, bytes, 0, 4, 1, 5, 2, 6, 3, 7, 0, 4, 1, 5, 2, 6, 3, 7);
  v128.store_lane<u64>(out, bytes, 0);
}

/** Rounds, scales and stores four sums as bytes. */
// @ts-ignore: decorator
@inline
function storeFour(out: usize, sums: v128, round: i32, shift: i32): void {
  const sum = i32x4.shr_s(i32x4.add(sums, i32x4.splat(round)), shift);
  const wide = i16x8.narrow_i32x4_s(sum, sum);
  v128.store_lane<u32>(out, i8x16.narrow_i16x8_u(wide, wide), 0);
}

/**
 * Draws every cell whose flag is 1. Source positions lie at the cell corners (`nodes`, Q16 pairs).
 * Where eight or four neighbours keep their distance they share one phase (`drift`), else each pixel has its own.
 */
export function warpCells(
  source: usize,
  stride: i32,
  width: i32,
  height: i32,
  density: i32,
  table: usize,
  nodes: usize,
  nodeStep: i32,
  columns: i32,
  rows: i32,
  flags: usize,
  target: usize,
  targetStride: i32,
  cellShift: i32,
): void {
  const cell = 1 << cellShift;
  const half = cellShift + 1;
  const right = <usize>nodeStep << 3;
  const nodeRow = <usize>(columns * nodeStep + 1) << 3;
  const lastU = (width - 8) << 16;
  const lastV = (height - 4) << 16;
  const step = density << 16;
  const drift = density * DRIFT;
  const axis = table + TABLE_BYTES;
  const rowBytes = <usize>stride;
  for (let cy = 0; cy < rows; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      if (load<u8>(flags + cy * columns + cx) != 1) continue;
      const top = nodes + (<usize>cy * nodeRow + <usize>cx * 8) * <usize>nodeStep;
      const bottom = top + nodeRow * <usize>nodeStep;
      const u00 = clampTexel(texel(load<i32>(top), density), lastU);
      const v00 = clampTexel(texel(load<i32>(top, 4), density), lastV);
      const u10 = clampTexel(texel(load<i32>(top + right), density), lastU);
      const v10 = clampTexel(texel(load<i32>(top + right, 4), density), lastV);
      const u01 = clampTexel(texel(load<i32>(bottom), density), lastU);
      const v01 = clampTexel(texel(load<i32>(bottom, 4), density), lastV);
      const u11 = clampTexel(texel(load<i32>(bottom + right), density), lastU);
      const v11 = clampTexel(texel(load<i32>(bottom + right, 4), density), lastV);
      let out = target + (cy << cellShift) * targetStride + (cx << cellShift);
      const span = step << cellShift;
      const worst = max(
        max(abs(u10 - u00 - span), abs(u11 - u01 - span)),
        max(abs(v10 - v00), abs(v11 - v01)),
      );
      if (cellShift >= 3 && (worst << 3) >> cellShift <= drift) {
        for (let r = 0; r < cell; r++) {
          const k = 2 * r + 1;
          const uLeft = u00 + (((u01 - u00) * k) >> half);
          const vLeft = v00 + (((v01 - v00) * k) >> half);
          const uSpan = u10 + (((u11 - u10) * k) >> half) - uLeft;
          const vSpan = v10 + (((v11 - v10) * k) >> half) - vLeft;
          for (let c = 0; c < cell; c += 8) {
            const j = 2 * c + 8;
            const tu = max(uLeft + ((uSpan * j) >> half) - (step >> 1) * 7 + 1024, 65536);
            const tv = vLeft + ((vSpan * j) >> half) + 1024;
            const p = source + ((tv >> 16) - 1) * stride + (tu >> 16) - 1;
            const y = axis + (((tv >> 11) & 31) << 5);
            const x = axis + (((tu >> 11) & 31) << 5);
            const x01 = v128.load(x);
            const x23 = v128.load(x, 16);
            const y01 = v128.load(y);
            const y23 = v128.load(y, 16);
            // At density 1 neighbouring pairs of texels belong to every second pixel: even ones, then odd ones.
            storeEight(
              out + c,
              downFour(p, rowBytes, x01, x23, y01, y23),
              downFour(p + (density == 2 ? 8 : 1), rowBytes, x01, x23, y01, y23),
              density == 1,
            );
          }
          out += targetStride;
        }
        continue;
      }
      if (cellShift >= 2 && (worst << 2) >> cellShift <= drift) {
        for (let r = 0; r < cell; r++) {
          const k = 2 * r + 1;
          const uLeft = u00 + (((u01 - u00) * k) >> half);
          const vLeft = v00 + (((v01 - v00) * k) >> half);
          const uSpan = u10 + (((u11 - u10) * k) >> half) - uLeft;
          const vSpan = v10 + (((v11 - v10) * k) >> half) - vLeft;
          for (let c = 0; c < cell; c += 4) {
            const j = 2 * c + 4;
            const tu = max(uLeft + ((uSpan * j) >> half) - ((step >> 1) * 3) + 1024, 65536);
            const tv = vLeft + ((vSpan * j) >> half) + 1024;
            const p = source + ((tv >> 16) - 1) * stride + (tu >> 16) - 1;
            const y = axis + (((tv >> 11) & 31) << 5);
            const x = axis + (((tu >> 11) & 31) << 5);
            const x01 = v128.load(x);
            const x23 = v128.load(x, 16);
            const q = p + (rowBytes << 1);
            const upper = pairRows(fourAcross(p, density, x01, x23), fourAcross(p + rowBytes, density, x01, x23));
            const lower = pairRows(fourAcross(q, density, x01, x23), fourAcross(q + rowBytes, density, x01, x23));
            storeFour(
              out + c,
              i32x4.add(i32x4.dot_i16x8_s(upper, v128.load(y)), i32x4.dot_i16x8_s(lower, v128.load(y, 16))),
              SHARED_ROUND,
              18,
            );
          }
          out += targetStride;
        }
        continue;
      }
      for (let r = 0; r < cell; r++) {
        const k = 2 * r + 1;
        const uLeft = u00 + (((u01 - u00) * k) >> half);
        const vLeft = v00 + (((v01 - v00) * k) >> half);
        const uSpan = u10 + (((u11 - u10) * k) >> half) - uLeft;
        const vSpan = v10 + (((v11 - v10) * k) >> half) - vLeft;
        // Half a phase is added once, so that truncation rounds to the nearest of the 32 phases.
        const u0 = uLeft + 1024;
        const v0 = vLeft + 1024;
        if (cellShift == 1) {
          store<u8>(out, one(source, stride, table, u0 + (uSpan >> 2), v0 + (vSpan >> 2)));
          store<u8>(out + 1, one(source, stride, table, u0 + ((uSpan * 3) >> 2), v0 + ((vSpan * 3) >> 2)));
        } else {
          for (let c = 0; c < cell; c += 4) {
            const j = 2 * c + 1;
            const a = taps(source, stride, table, u0 + ((uSpan * j) >> half), v0 + ((vSpan * j) >> half));
            const b = taps(source, stride, table, u0 + ((uSpan * (j + 2)) >> half), v0 + ((vSpan * (j + 2)) >> half));
            const d = taps(source, stride, table, u0 + ((uSpan * (j + 4)) >> half), v0 + ((vSpan * (j + 4)) >> half));
            const e = taps(source, stride, table, u0 + ((uSpan * (j + 6)) >> half), v0 + ((vSpan * (j + 6)) >> half));
            storeFour(out + c, sumLanes(a, b, d, e), 8192, 14);
          }
        }
        out += targetStride;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function one(source: usize, stride: i32, table: usize, tu: i32, tv: i32): u8 {
  const s = taps(source, stride, table, tu, tv);
  const sum =
    i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3);
  return <u8>min(max((sum + 8192) >> 14, 0), 255);
}

/** Copies every cell whose flag is 2 from a picture of the target's size. */
export function copyCells(
  source: usize,
  target: usize,
  stride: i32,
  columns: i32,
  rows: i32,
  flags: usize,
  cellShift: i32,
): void {
  const cell = 1 << cellShift;
  for (let cy = 0; cy < rows; cy++) {
    const line = (cy << cellShift) * stride;
    let cx = 0;
    while (cx < columns) {
      if (load<u8>(flags + cy * columns + cx) != 2) {
        cx++;
        continue;
      }
      let end = cx + 1;
      while (end < columns && load<u8>(flags + cy * columns + end) == 2) end++;
      const bytes = (end - cx) << cellShift;
      let offset = line + (cx << cellShift);
      for (let r = 0; r < cell; r++) {
        memory.copy(target + offset, source + offset, bytes);
        offset += stride;
      }
      cx = end;
    }
  }
}

/**
 * Rasterises a lattice of vertices onto the node grid. A vertex is 8 f32: x, y in cells, depth, then the
 * source position u, v in pixels and two free attributes s, t.
 */
export function rasterLattice(
  vertices: usize,
  columns: i32,
  rows: i32,
  skip: usize,
  nodes: usize,
  attributes: usize,
  depths: usize,
  nodeColumns: i32,
  nodeRows: i32,
): void {
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      if (skip != 0 && load<u8>(skip + j * (columns - 1) + i) != 0) continue;
      const v00 = vertices + ((j * columns + i) << 5);
      const v10 = v00 + 32;
      const v01 = v00 + (columns << 5);
      const v11 = v01 + 32;
      triangle(v00, v10, v11, nodes, attributes, depths, nodeColumns, nodeRows);
      triangle(v00, v11, v01, nodes, attributes, depths, nodeColumns, nodeRows);
    }
  }
}

function triangle(
  a: usize,
  b: usize,
  c: usize,
  nodes: usize,
  attributes: usize,
  depths: usize,
  nodeColumns: i32,
  nodeRows: i32,
): void {
  const ax = <f64>load<f32>(a);
  const ay = <f64>load<f32>(a, 4);
  const bx = <f64>load<f32>(b);
  const by = <f64>load<f32>(b, 4);
  const cx = <f64>load<f32>(c);
  const cy = <f64>load<f32>(c, 4);
  const firstColumn = max(<i32>Math.ceil(min(min(ax, bx), cx) - 1e-4), 0);
  const lastColumn = min(<i32>Math.floor(max(max(ax, bx), cx) + 1e-4), nodeColumns - 1);
  if (firstColumn > lastColumn) return;
  const firstRow = max(<i32>Math.ceil(min(min(ay, by), cy) - 1e-4), 0);
  const lastRow = min(<i32>Math.floor(max(max(ay, by), cy) + 1e-4), nodeRows - 1);
  if (firstRow > lastRow) return;
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  if (area <= 1e-9) return;
  const inverse = 1.0 / area;
  for (let y = firstRow; y <= lastRow; y++) {
    const dy = <f64>y - ay;
    for (let x = firstColumn; x <= lastColumn; x++) {
      const dx = <f64>x - ax;
      const wb = (dx * (cy - ay) - (cx - ax) * dy) * inverse;
      const wc = ((bx - ax) * dy - dx * (by - ay)) * inverse;
      const wa = 1.0 - wb - wc;
      if (wa < -1e-4 || wb < -1e-4 || wc < -1e-4) continue;
      const index = y * nodeColumns + x;
      const depth = <f32>(
        (wa * <f64>load<f32>(a, 8) + wb * <f64>load<f32>(b, 8) + wc * <f64>load<f32>(c, 8))
      );
      const depthAt = depths + (index << 2);
      if (depth >= load<f32>(depthAt)) continue;
      store<f32>(depthAt, depth);
      const u = wa * <f64>load<f32>(a, 12) + wb * <f64>load<f32>(b, 12) + wc * <f64>load<f32>(c, 12);
      const v = wa * <f64>load<f32>(a, 16) + wb * <f64>load<f32>(b, 16) + wc * <f64>load<f32>(c, 16);
      store<i32>(nodes + (index << 3), <i32>Math.floor(u * 65536.0 + 0.5));
      store<i32>(nodes + (index << 3), <i32>Math.floor(v * 65536.0 + 0.5), 4);
      if (attributes != 0) {
        const s = wa * <f64>load<f32>(a, 20) + wb * <f64>load<f32>(b, 20) + wc * <f64>load<f32>(c, 20);
        const t = wa * <f64>load<f32>(a, 24) + wb * <f64>load<f32>(b, 24) + wc * <f64>load<f32>(c, 24);
        store<f32>(attributes + (index << 3), <f32>s);
        store<f32>(attributes + (index << 3), <f32>t, 4);
      }
    }
  }
}

/**
 * Marks each cell: 2 where its four corners are at rest (`rest` pairs, within a 1/128 pixel), else 1.
 * Nodes within that tolerance snap to rest exactly. Cells already flagged 0 stay 0. Returns the number of moving cells.
 */
export function markCells(nodes: usize, flags: usize, columns: i32, rows: i32, originX: i32, originY: i32, step: i32): i32 {
  const nodeColumns = columns + 1;
  for (let y = 0; y <= rows; y++) {
    const restV = originY + y * step;
    for (let x = 0; x < nodeColumns; x++) {
      const at = nodes + ((y * nodeColumns + x) << 3);
      const restU = originX + x * step;
      const du = load<i32>(at) - restU;
      const dv = load<i32>(at, 4) - restV;
      if (du > -512 && du < 512 && dv > -512 && dv < 512) {
        store<i32>(at, restU);
        store<i32>(at, restV, 4);
      }
    }
  }
  let moving = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const flag = flags + y * columns + x;
      if (load<u8>(flag) == 0) continue;
      const at = nodes + ((y * nodeColumns + x) << 3);
      const below = at + (nodeColumns << 3);
      const restU = originX + x * step;
      const restV = originY + y * step;
      const still =
        load<i32>(at) == restU &&
        load<i32>(at, 4) == restV &&
        load<i32>(at, 8) == restU + step &&
        load<i32>(at, 12) == restV &&
        load<i32>(below) == restU &&
        load<i32>(below, 4) == restV + step &&
        load<i32>(below, 8) == restU + step &&
        load<i32>(below, 12) == restV + step;
      store<u8>(flag, still ? 2 : 1);
      if (!still) moving++;
    }
  }
  return moving;
}

/** Fills the node grid with the rest position and an infinite depth. */
export function resetNodes(nodes: usize, depths: usize, columns: i32, rows: i32, originX: i32, originY: i32, step: i32): void {
  let at = nodes;
  let depthAt = depths;
  for (let y = 0; y < rows; y++) {
    const v = originY + y * step;
    for (let x = 0; x < columns; x++) {
      store<i32>(at, originX + x * step);
      store<i32>(at, v, 4);
      store<f32>(depthAt, Infinity);
      at += 8;
      depthAt += 4;
    }
  }
}

/**
 * Writes one tile of 32 x 32 texels: the photo's own plus so much of each of its changes. `links` are pairs of i32:
 * where a change lies (i8, as the tile) and its share, Q6.
 */
export function blendTile(target: usize, stride: i32, base: usize, links: usize, count: i32): void {
  const round = i16x8.splat(32);
  for (let row = 0; row < 32; row++) {
    for (let column = 0; column < 32; column += 16) {
      const at = <usize>((row << 5) + column);
      const own = v128.load(base + at);
      let low = i16x8.shl(i16x8.extend_low_i8x16_u(own), 6);
      let high = i16x8.shl(i16x8.extend_high_i8x16_u(own), 6);
      for (let k = 0; k < count; k++) {
        const link = links + (<usize>k << 3);
        const change = v128.load(<usize>load<i32>(link) + at);
        const share = i16x8.splat(<i16>load<i32>(link, 4));
        low = i16x8.add_sat_s(low, i16x8.mul(i16x8.extend_low_i8x16_s(change), share));
        high = i16x8.add_sat_s(high, i16x8.mul(i16x8.extend_high_i8x16_s(change), share));
      }
      low = i16x8.shr_s(i16x8.add_sat_s(low, round), 6);
      high = i16x8.shr_s(i16x8.add_sat_s(high, round), 6);
      v128.store(target + column, i8x16.narrow_i16x8_u(low, high));
    }
    target += stride;
  }
}

/**
 * Lays the drawn cells whose flag is 1 over a still picture of the target's size, by the cover of the places they show.
 * Cover and kinds have a texel for two by two pixels of the plate. Eight plate pixels in a row (a run) whose middle
 * shows a place of kind 0 are all before, of kind 2 all behind; else each quarter of the run has a cover of its own.
 */
export function coverCells(
  still: usize,
  target: usize,
  stride: i32,
  cover: usize,
  kinds: usize,
  coverWidth: i32,
  coverHeight: i32,
  nodes: usize,
  nodeStep: i32,
  columns: i32,
  rows: i32,
  flags: usize,
  cellShift: i32,
): void {
  const cell = 1 << cellShift;
  const half = cellShift + 1;
  const run = 8 / nodeStep;
  const right = <usize>nodeStep << 3;
  const nodeRow = <usize>(columns * nodeStep + 1) << 3;
  const lastU = ((coverWidth - 1) << 16) - 1;
  const lastV = ((coverHeight - 1) << 16) - 1;
  const quarters = nodeStep == 1 ? i32x4(2, 6, 10, 14) : i32x4(1, 3, 5, 7);
  for (let cy = 0; cy < rows; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      if (load<u8>(flags + cy * columns + cx) != 1) continue;
      const top = nodes + (<usize>cy * nodeRow + <usize>cx * 8) * <usize>nodeStep;
      const bottom = top + nodeRow * <usize>nodeStep;
      // Texels from the middle of the first one, Q16.
      const u00 = (load<i32>(top) >> 1) - 32768;
      const v00 = (load<i32>(top, 4) >> 1) - 32768;
      const u10 = (load<i32>(top + right) >> 1) - 32768;
      const v10 = (load<i32>(top + right, 4) >> 1) - 32768;
      const u01 = (load<i32>(bottom) >> 1) - 32768;
      const v01 = (load<i32>(bottom, 4) >> 1) - 32768;
      const u11 = (load<i32>(bottom + right) >> 1) - 32768;
      const v11 = (load<i32>(bottom + right, 4) >> 1) - 32768;
      let at = (cy << cellShift) * stride + (cx << cellShift);
      for (let r = 0; r < cell; r++, at += stride) {
        const k = 2 * r + 1;
        const uLeft = u00 + (((u01 - u00) * k) >> half);
        const vLeft = v00 + (((v01 - v00) * k) >> half);
        const uSpan = u10 + (((u11 - u10) * k) >> half) - uLeft;
        const vSpan = v10 + (((v11 - v10) * k) >> half) - vLeft;
        for (let first = 0; first < cell; first += run) {
          const m = 2 * first + run;
          const mu = min(max(uLeft + ((uSpan * m) >> half), 0), lastU) >> 16;
          const mv = min(max(vLeft + ((vSpan * m) >> half), 0), lastV) >> 16;
          const kind = load<u8>(kinds + <usize>(mv * coverWidth + mu));
          if (kind == 0) continue;
          const from = still + <usize>(at + first);
          const to = target + <usize>(at + first);
          if (kind == 2) {
            if (run == 8) store<u64>(to, load<u64>(from));
            else store<u32>(to, load<u32>(from));
            continue;
          }
          const j = i32x4.add(quarters, i32x4.splat(2 * first));
          const u = inside(uLeft, uSpan, j, half, lastU);
          const v = inside(vLeft, vSpan, j, half, lastV);
          const shares = coverAt(cover, coverWidth, u, v);
          blendRun(to, from, shares, run);
        }
      }
    }
  }
}

/** Texel positions along a row of a cell, Q16. */
// @ts-ignore: decorator
@inline
function inside(left: i32, span: i32, twice: v128, half: i32, last: i32): v128 {
  const t = i32x4.add(i32x4.splat(left), i32x4.shr_s(i32x4.mul(i32x4.splat(span), twice), half));
  return i32x4.min_s(i32x4.max_s(t, i32x4.splat(0)), i32x4.splat(last));
}

/** Four bilinear covers, 0 to 128. */
// @ts-ignore: decorator
@inline
function coverAt(cover: usize, coverWidth: i32, u: v128, v: v128): v128 {
  const texel = i32x4.add(i32x4.mul(i32x4.shr_s(v, 16), i32x4.splat(coverWidth)), i32x4.shr_s(u, 16));
  const p0 = cover + <usize>i32x4.extract_lane(texel, 0);
  const p1 = cover + <usize>i32x4.extract_lane(texel, 1);
  const p2 = cover + <usize>i32x4.extract_lane(texel, 2);
  const p3 = cover + <usize>i32x4.extract_lane(texel, 3);
  const next = <usize>coverWidth;
  let pairs = v128.load_lane<u16>(p0, i32x4.splat(0), 0);
  pairs = v128.load_lane<u16>(p0 + next, pairs, 1);
  pairs = v128.load_lane<u16>(p1, pairs, 2);
  pairs = v128.load_lane<u16>(p1 + next, pairs, 3);
  pairs = v128.load_lane<u16>(p2, pairs, 4);
  pairs = v128.load_lane<u16>(p2 + next, pairs, 5);
  pairs = v128.load_lane<u16>(p3, pairs, 6);
  pairs = v128.load_lane<u16>(p3 + next, pairs, 7);
  const byte = i32x4.splat(255);
  const x = v128.and(i32x4.shr_s(u, 8), byte);
  const y = v128.and(i32x4.shr_s(v, 8), byte);
  const a = v128.and(pairs, byte);
  const b = v128.and(i32x4.shr_u(pairs, 8), byte);
  const c = v128.and(i32x4.shr_u(pairs, 16), byte);
  const d = i32x4.shr_u(pairs, 24);
  const upper = i32x4.add(i32x4.shl(a, 8), i32x4.mul(i32x4.sub(b, a), x));
  const lower = i32x4.add(i32x4.shl(c, 8), i32x4.mul(i32x4.sub(d, c), x));
  const sum = i32x4.add(i32x4.shl(upper, 8), i32x4.mul(i32x4.sub(lower, upper), y));
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(65536)), 17);
}

/** Lays eight or four pixels over others; each quarter has its share. */
// @ts-ignore: decorator
@inline
function blendRun(to: usize, from: usize, shares: v128, run: i32): void {
  const wide =
    run == 8
      ? v128.shuffle<i16>(shares, shares, 0, 0, 2, 2, 4, 4, 6, 6)
      : v128.shuffle<i16>(shares, shares, 0, 2, 4, 6, 0, 2, 4, 6);
  const behind = run == 8 ? v128.load_ext<u8>(from) : i16x8.extend_low_i8x16_u(v128.load32_zero(from));
  const before = run == 8 ? v128.load_ext<u8>(to) : i16x8.extend_low_i8x16_u(v128.load32_zero(to));
  const product = i16x8.add(i16x8.mul(i16x8.sub(before, behind), wide), i16x8.splat(64));
  const sum = i16x8.add(behind, i16x8.shr_s(product, 7));
  const bytes = i8x16.narrow_i16x8_u(sum, sum);
  if (run == 8) v128.store_lane<u64>(to, bytes, 0);
  else v128.store_lane<u32>(to, bytes, 0);
}

/**
 * Lays the cells whose flag is 1 over another picture of the target's size: what lies behind plus the difference times
 * alpha. `step` is 1 where alpha has the plane's density, 2 where the mean of 2 x 2 of its texels belongs to one pixel.
 * Cells have at least 8 pixels a side.
 */
export function blendCells(
  behind: usize,
  target: usize,
  stride: i32,
  alpha: usize,
  step: i32,
  columns: i32,
  rows: i32,
  flags: usize,
  cellShift: i32,
): void {
  const cell = 1 << cellShift;
  const alphaStride = <usize>(stride * step);
  const half = i16x8.splat(64);
  for (let cy = 0; cy < rows; cy++) {
    for (let cx = 0; cx < columns; cx++) {
      if (load<u8>(flags + cy * columns + cx) != 1) continue;
      let at = <usize>((cy << cellShift) * stride + (cx << cellShift));
      let shares = alpha + <usize>((cy << cellShift) * step) * alphaStride + <usize>((cx << cellShift) * step);
      for (let r = 0; r < cell; r++) {
        for (let c = 0; c < cell; c += 8) {
          let share: v128;
          if (step == 1) {
            const a = v128.load_ext<u8>(shares + c);
            share = i16x8.add(i16x8.shl(a, 7), i16x8.shr_u(a, 1));
          } else {
            const p = shares + (c << 1);
            const sum = i16x8.add(
              i16x8.extadd_pairwise_i8x16_u(v128.load(p)),
              i16x8.extadd_pairwise_i8x16_u(v128.load(p + alphaStride)),
            );
            share = i16x8.add(i16x8.shl(sum, 5), i16x8.shr_u(sum, 3));
          }
          const below = v128.load_ext<u8>(behind + at + c);
          const above = v128.load_ext<u8>(target + at + c);
          const product = i16x8.q15mulr_sat_s(i16x8.shl(i16x8.sub(above, below), 7), share);
          const result = i16x8.add(below, i16x8.shr_s(i16x8.add(product, half), 7));
          v128.store_lane<u64>(target + at + c, i8x16.narrow_i16x8_u(result, result), 0);
        }
        at += stride;
        shares += alphaStride * step;
      }
    }
  }
}
