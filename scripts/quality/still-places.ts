import type { Photo } from "../../src/assets/index.js";
import { median } from "./signal.js";
import type { PersonAt } from "./watch-video.js";

/** Distance between the places that are watched, pixels. */
const STEP = 6;
/** Beyond this distance from the person nothing may move, eye distances. */
const FAR = 0.9;

/** Watches places far from the person for changes over time (Welford 1962, one pass). */
export class StillPlaces {
  private readonly places: [x: number, y: number][] = [];
  private readonly means: Float64Array;
  private readonly squares: Float64Array;
  private count = 0;

  constructor(width: number, height: number, personAt: PersonAt, eyeDistance: number) {
    if (personAt !== null) {
      const reach = (FAR * eyeDistance) / STEP;
      const columns = Math.floor(width / STEP);
      const rows = Math.floor(height / STEP);
      const isPerson = Array.from({ length: columns * rows }, (_, i) => {
        return personAt(((i % columns) + 0.5) / columns, (Math.floor(i / columns) + 0.5) / rows) > 0.15;
      });
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          if (!isNear(isPerson, columns, rows, x, y, reach)) this.places.push([x * STEP, y * STEP]);
        }
      }
    }
    this.means = new Float64Array(this.places.length);
    this.squares = new Float64Array(this.places.length);
  }

  add({ rgb, width }: Photo): void {
    this.count++;
    this.places.forEach(([x, y], k) => {
      const p = (y * width + x) * 3;
      const value = 0.2126 * rgb[p]! + 0.7152 * rgb[p + 1]! + 0.0722 * rgb[p + 2]!;
      const change = value - this.means[k]!;
      this.means[k]! += change / this.count;
      this.squares[k]! += change * (value - this.means[k]!);
    });
  }

  /** Median standard deviation, `[0, 255]` levels; NaN where too little of the picture is far from the person. */
  noise(): number {
    if (this.places.length < 20) return Number.NaN;
    return median(this.squares.map((sum) => Math.sqrt(sum / this.count)));
  }
}

function isNear(
  flags: readonly boolean[],
  columns: number,
  rows: number,
  x: number,
  y: number,
  reach: number,
): boolean {
  const r = Math.ceil(reach);
  for (let j = Math.max(0, y - r); j <= Math.min(rows - 1, y + r); j++) {
    for (let i = Math.max(0, x - r); i <= Math.min(columns - 1, x + r); i++) {
      if (flags[j * columns + i] && (i - x) ** 2 + (j - y) ** 2 <= reach * reach) return true;
    }
  }
  return false;
}
