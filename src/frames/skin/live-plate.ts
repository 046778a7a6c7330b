import { clamp } from "../../shared/numeric.js";
import type { Arena } from "../kernels/arena.js";
import { type Kernels, TILE } from "../kernels/kernels.js";
import type { Plate } from "../plate.js";
import type { SkinChange } from "./skin-change.js";

/** Steps of a change's share: what {@link Kernels.blendTile} takes as 1. */
const FULL = 64;
/** Bytes of one tile. */
const TILE_BYTES = TILE * TILE;
/** Most changes that meet on one tile. */
const MOST_LINKS = 16;

/** The part of a plate plane that one tile covers, and what changes there. */
type Tile = {
  /** Address of its first texel, and bytes per row. */
  readonly target: number;
  readonly stride: number;
  /** Address of the photo's own texels. */
  readonly base: number;
  readonly changes: { readonly layer: number; readonly at: number }[];
  /** Rectangle it covers on the plate, pixels. */
  readonly left: number;
  readonly top: number;
  readonly side: number;
  /** Shares it was last drawn with. */
  readonly drawn: Int32Array;
};

/** A plane of the plate: `pixels` plate pixels per texel. */
type Plane = {
  readonly at: number;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: number;
};

/**
 * Changes the plate itself from frame to frame, in texture space, so that whatever is drawn from it (face, lips, lids)
 * shows the same skin. Each change has a share; only tiles whose shares changed are written anew.
 */
export class LivePlate {
  private readonly tiles: Tile[] = [];
  private readonly links: { readonly at: number; readonly view: Int32Array };
  private readonly shares: Int32Array;
  private room: number;

  /** @param bytes - kernel memory that tiles may take; what finds no room stays as in the photo */
  constructor(
    private readonly kernels: Kernels,
    plate: Plate,
    private readonly arena: Arena,
    changes: readonly SkinChange[],
    bytes: number,
  ) {
    this.links = arena.integers(MOST_LINKS * 2);
    this.shares = new Int32Array(changes.length);
    this.room = bytes - MOST_LINKS * 8 - 64;
    const planes: readonly [Plane, "gain" | "u" | "v"][] = [
      [{ ...plate.luma, pixels: 0.5 }, "gain"],
      [{ ...plate.chromaU, pixels: 2 }, "u"],
      [{ ...plate.chromaV, pixels: 2 }, "v"],
    ];
    const memory = new Uint8Array(kernels.memory);
    for (const [plane, channel] of planes) {
      const found = new Map<number, Tile>();
      changes.forEach((change, layer) => {
        this.addChange(memory, plane, channel, change, layer, found);
      });
      this.tiles.push(...found.values());
    }
  }

  /** Brings the plate to the given shares of the changes, each in `[-1, 1]`. */
  update(shares: ArrayLike<number>): void {
    for (let i = 0; i < this.shares.length; i++) {
      this.shares[i] = Math.round(clamp(shares[i]!, -1, 1) * FULL);
    }
    for (const tile of this.tiles) this.draw(tile);
  }

  /** Calls `mark` with the plate rectangle of every tile that differs from the photo now. */
  forEachChanged(mark: (left: number, top: number, side: number) => void): void {
    for (const { drawn, left, top, side } of this.tiles) {
      if (drawn.some((share) => share !== 0)) mark(left, top, side);
    }
  }

  private draw(tile: Tile): void {
    let isSame = true;
    const { changes, drawn } = tile;
    const { view, at } = this.links;
    let count = 0;
    for (let k = 0; k < changes.length; k++) {
      const share = this.shares[changes[k]!.layer]!;
      if (share !== drawn[k]) {
        isSame = false;
        drawn[k] = share;
      }
      if (share === 0) continue;
      view[2 * count] = changes[k]!.at;
      view[2 * count + 1] = share;
      count++;
    }
    if (!isSame) this.kernels.blendTile(tile.target, tile.stride, tile.base, at, count);
  }

  private addChange(
    memory: Uint8Array,
    plane: Plane,
    channel: "gain" | "u" | "v",
    change: SkinChange,
    layer: number,
    found: Map<number, Tile>,
  ): void {
    const { grid } = change;
    const side = TILE * plane.pixels;
    const across = Math.floor(plane.width / TILE);
    const down = Math.floor(plane.height / TILE);
    const firstColumn = clamp(Math.floor(grid.x0 / side), 0, across - 1);
    const lastColumn = clamp(Math.floor((grid.x0 + grid.columns * grid.step) / side), 0, across - 1);
    const firstRow = clamp(Math.floor(grid.y0 / side), 0, down - 1);
    const lastRow = clamp(Math.floor((grid.y0 + grid.rows * grid.step) / side), 0, down - 1);
    const texels = new Int8Array(TILE_BYTES);
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const start = row * TILE * plane.stride + column * TILE;
        if (isNeutral(change, column * side, row * side, side)) continue;
        const own = (i: number, j: number): number => {
          return this.original(memory, plane, found.get(row * across + column), start, i, j);
        };
        const place = { plane, left: column * side, top: row * side };
        if (!fillChange(texels, place, channel, change, own)) continue;
        const tile = found.get(row * across + column) ?? this.addTile(memory, place, start, side);
        if (tile === null || tile.changes.length === MOST_LINKS || this.room < TILE_BYTES) continue;
        found.set(row * across + column, tile);
        this.room -= TILE_BYTES;
        const at = this.arena.take(TILE_BYTES);
        new Int8Array(this.kernels.memory, at, TILE_BYTES).set(texels);
        tile.changes.push({ layer, at });
      }
    }
  }

  private original(
    memory: Uint8Array,
    plane: Plane,
    tile: Tile | undefined,
    start: number,
    i: number,
    j: number,
  ): number {
    if (tile !== undefined) return memory[tile.base + j * TILE + i]!;
    return memory[plane.at + start + j * plane.stride + i]!;
  }

  private addTile(
    memory: Uint8Array,
    { plane, left, top }: { readonly plane: Plane; readonly left: number; readonly top: number },
    start: number,
    side: number,
  ): Tile | null {
    if (this.room < 2 * TILE_BYTES) return null;
    this.room -= TILE_BYTES;
    const base = this.arena.take(TILE_BYTES);
    const target = plane.at + start;
    for (let j = 0; j < TILE; j++) {
      memory.copyWithin(base + j * TILE, target + j * plane.stride, target + j * plane.stride + TILE);
    }
    const drawn = new Int32Array(MOST_LINKS);
    return { target, stride: plane.stride, base, changes: [], left, top, side, drawn };
  }
}

/** True where a change does nothing to a square of the plate. */
function isNeutral(
  { grid, gain, light, u, v }: SkinChange,
  left: number,
  top: number,
  side: number,
): boolean {
  const node = (position: number, start: number, count: number): number =>
    clamp(Math.floor((position - start) / grid.step), 0, count - 1);
  const lastColumn = node(left + side + grid.step + 1, grid.x0, grid.columns);
  const lastRow = node(top + side + grid.step + 1, grid.y0, grid.rows);
  for (let j = node(top, grid.y0, grid.rows); j <= lastRow; j++) {
    for (let i = node(left, grid.x0, grid.columns); i <= lastColumn; i++) {
      const at = j * grid.columns + i;
      if (gain[at] !== 1 || (light?.[at] ?? 0) !== 0 || (u?.[at] ?? 0) !== 0 || (v?.[at] ?? 0) !== 0)
        return false;
    }
  }
  return true;
}

/** Works out a change for each texel of a tile; false when it changes nothing there. */
function fillChange(
  texels: Int8Array,
  { plane, left, top }: { readonly plane: Plane; readonly left: number; readonly top: number },
  channel: "gain" | "u" | "v",
  { grid, gain, light, u, v }: SkinChange,
  own: (i: number, j: number) => number,
): boolean {
  const added = channel === "gain" ? light : channel === "u" ? u : v;
  let changes = false;
  // The first texel of a doubled plane lies on the first pixel, that of a halved one between two.
  const centre = Math.max(0.5, plane.pixels / 2);
  for (let j = 0; j < TILE; j++) {
    const gy = (top + j * plane.pixels + centre - grid.y0) / grid.step;
    for (let i = 0; i < TILE; i++) {
      const gx = (left + i * plane.pixels + centre - grid.x0) / grid.step;
      let value = 0;
      if (gx >= 0 && gy >= 0 && gx < grid.columns - 1 && gy < grid.rows - 1) {
        const black = channel === "gain" ? 16 : 128;
        if (added !== null) value = between(added, grid.columns, gx, gy);
        if (added === null || channel === "gain") {
          value += (own(i, j) - black) * (between(gain, grid.columns, gx, gy) - 1);
        }
      }
      const level = clamp(Math.round(value), -127, 127);
      texels[j * TILE + i] = level;
      if (level !== 0) changes = true;
    }
  }
  return changes;
}

function between(field: Float32Array, columns: number, x: number, y: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const at = j * columns + i;
  const upper = field[at]! + (field[at + 1]! - field[at]!) * (x - i);
  const lower = field[at + columns]! + (field[at + columns + 1]! - field[at + columns]!) * (x - i);
  return upper + (lower - upper) * (y - j);
}
