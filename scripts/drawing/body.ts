import { smoothstep } from "../../src/shared/numeric.js";
import { bell, cloud, curveThrough, noise } from "./field.js";

/** Half the body's width at each height, from under the jaw to the shoulders. */
const HALF_WIDTH = curveThrough([
  [5, 4.3],
  [9.5, 4.2],
  [11.2, 4.5],
  [12.6, 5.5],
  [13.8, 7.6],
  [14.9, 10.8],
  [16.2, 14.4],
  [17.8, 17],
  [20, 18.8],
  [27, 19.8],
]);

const COLLAR = curveThrough([
  [0, 16.1],
  [1.5, 15.95],
  [3.2, 15.2],
  [4.8, 13.7],
  [5.9, 12.2],
  [7, 10],
]);
const COLLAR_BAND = 1.15;

/** Height of neck and chest, centimetres; -1000 outside. */
export function bodyHeight(x: number, y: number): number {
  const half = HALF_WIDTH(y);
  if (y < 5.5 || Math.abs(x) >= half) return -1000;
  const round = Math.sqrt(1 - (x / half) ** 2);
  const front = -6.8 + (4.2 + 0.9 * smoothstep(12, 17, y)) * round + 0.16 * Math.max(0, y - 12);
  return front + anatomy(x, y) + clothHeight(x, y);
}

/** The tendons of the neck, the hollow between them, the collar bones. */
function anatomy(x: number, y: number): number {
  const ax = Math.abs(x);
  const tendonX = 3.9 - 3.2 * smoothstep(7.5, 15.6, y);
  const tendon = 0.2 * bell(ax - tendonX, 0.75) * smoothstep(9, 12, y) * smoothstep(16, 14.5, y);
  const hollow = -0.3 * bell(x, 1.1) * bell(y - 15.2, 1.1);
  const collarbone = 0.16 * bell(y - 15.2 + 0.13 * (ax - 1.2), 0.45) * smoothstep(0.6, 1.8, ax);
  return tendon + hollow + collarbone;
}

/** 1 where the pullover covers the body. */
export function clothCoverage(x: number, y: number): number {
  const ax = Math.abs(x);
  return smoothstep(-0.03, 0.03, y - (ax < 7 ? COLLAR(ax) : 5));
}

function clothHeight(x: number, y: number): number {
  if (clothCoverage(x, y) < 0.5) return 0;
  const ax = Math.abs(x);
  const inBand = ax < 7 ? y - COLLAR(ax) : 99;
  const slope = ax < 7 ? Math.sqrt(1 + ((COLLAR(ax + 0.05) - COLLAR(ax - 0.05)) / 0.1) ** 2) : 1;
  const across = inBand / slope;
  if (across < COLLAR_BAND) {
    const rib = 0.035 * Math.sin(collarAngle(x, y) * 62);
    return 0.22 + 0.24 * Math.sin((Math.PI * across) / COLLAR_BAND) ** 0.6 + rib;
  }
  const fold =
    0.3 * cloud(x * 0.16 + 3, y * 0.1 + x * 0.07, 21) +
    0.16 * Math.sin(ax * 0.55 + y * 0.5 + 1.5) * smoothstep(8, 14, ax) * smoothstep(17, 20, y);
  return 0.1 + fold + knit(x, y);
}

function collarAngle(x: number, y: number): number {
  return Math.atan2(x, Math.max(0.5, y - 8));
}

/** Rows of V-shaped stitches. */
function knit(x: number, y: number): number {
  const column = x / 0.4;
  const inside = column - Math.floor(column) - 0.5;
  const row = y / 0.3 + Math.abs(inside) * 1.1;
  return (
    0.03 * Math.sin(row * 2 * Math.PI) * bell(Math.abs(inside) - 0.25, 0.22) -
    0.04 * bell(Math.abs(inside) - 0.5, 0.1)
  );
}

/** Colour of the wool without light. */
export function clothColour(x: number, y: number): [number, number, number] {
  const shade = 1 + 0.1 * noise(x * 2.5, y * 2.5, 51) + 0.12 * noise(x * 8, y * 8, 52);
  return [0.032 * shade, 0.105 * shade, 0.112 * shade];
}
