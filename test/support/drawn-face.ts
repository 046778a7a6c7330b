import type { Photo } from "../../src/assets/photo.js";
import type { HeadFrame } from "../../src/shared/head-frame.js";
import { cos, gauss, sin } from "../../src/shared/portable-math.js";
import { createRandom } from "../../src/shared/random.js";

/**
 * A face drawn from formulas, with landmarks that are as far off as the options say, so that every curve a
 * measurement finds can be compared with the truth. Lengths are eye distances, x right and y down from the
 * middle between the eyes, before the head's roll.
 */
export type DrawnFaceOptions = {
  readonly width?: number;
  readonly height?: number;
  readonly eyeDistance?: number;
  readonly originX?: number;
  readonly originY?: number;
  /** Radians, clockwise. */
  readonly roll?: number;
  /** Gap between the lips at the centre; 0 draws a dark lip line instead. */
  readonly gap?: number;
  /** How far the drawn lip line lies below the landmarks' in the middle of the mouth. */
  readonly lipLineShift?: number;
  /** Lower edge of the drawn upper teeth below the upper lip at the centre; no teeth without. */
  readonly teeth?: number;
  readonly glasses?: boolean;
  /** Standard deviation of the added grain, [0, 255] units. */
  readonly grain?: number;
  readonly blackAndWhite?: boolean;
  readonly skin?: readonly [number, number, number];
};

export type DrawnFace = {
  readonly photo: Photo;
  readonly landmarks: Float32Array;
  readonly head: HeadFrame;
  /** The truth, in the drawing's own coordinates. */
  readonly lipLine: (x: number) => number;
  readonly toothEdge: (x: number) => number;
  readonly upperLip: (x: number) => number;
  readonly lowerLip: (x: number) => number;
  /** Photo pixels to the drawing's coordinates. */
  readonly toDrawing: (u: number, v: number) => { x: number; y: number };
};

const MOUTH_Y = 1.12;
/** Half widths of the mouth, inner and outer corners. */
const INNER = 0.33;
const OUTER = 0.4;
const EYE_X = 0.5;
const EYE_HALF = 0.22;
const IRIS = 0.085;

type Rgb = readonly [number, number, number];
type Point = { x: number; y: number };

/** Draws the face and places its landmarks. */
export function drawFace(options: DrawnFaceOptions = {}): DrawnFace {
  const { width = 420, height = 480, eyeDistance = 110, roll = 0 } = options;
  const originX = options.originX ?? width / 2;
  const originY = options.originY ?? height * 0.4;
  const c = cos(roll);
  const s = sin(roll);
  const toDrawing = (u: number, v: number): Point => {
    const dx = (u - originX) / eyeDistance;
    const dy = (v - originY) / eyeDistance;
    return { x: c * dx + s * dy, y: -s * dx + c * dy };
  };
  const gap = options.gap ?? 0;
  const bow = (x: number): number => Math.max(0, 1 - (x / INNER) * (x / INNER));
  const upperLip = (x: number): number => MOUTH_Y - 0.35 * gap * bow(x);
  const lowerLip = (x: number): number => MOUTH_Y + 0.65 * gap * bow(x);
  const lipLine = (x: number): number => MOUTH_Y + (options.lipLineShift ?? 0) * bow(x);
  const toothEdge = (x: number): number => MOUTH_Y - 0.35 * gap + (options.teeth ?? 0) - 0.25 * x * x;
  const scene = { options, gap, upperLip, lowerLip, lipLine, toothEdge };
  const random = createRandom(7);
  const rgb = new Uint8Array(width * height * 3);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const at = toDrawing(u + 0.5, v + 0.5);
      const color = colorAt(at, scene);
      const noise = options.grain === undefined ? 0 : options.grain * random.normal();
      const gray = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
      for (let k = 0; k < 3; k++) {
        const value = (options.blackAndWhite ? gray : color[k]!) + noise;
        rgb[(v * width + u) * 3 + k] = Math.round(Math.min(255, Math.max(0, value)));
      }
    }
  }
  const landmarks = new Float32Array(478 * 3);
  landmarkPositions(upperLip, lowerLip).forEach((p, i) => {
    landmarks[i * 3] = originX + eyeDistance * (c * p.x - s * p.y);
    landmarks[i * 3 + 1] = originY + eyeDistance * (s * p.x + c * p.y);
    landmarks[i * 3 + 2] = eyeDistance * surface(p);
  });
  return {
    photo: { width, height, rgb, alpha: null, sha256: "drawn", mediaType: "image/png", warnings: [] },
    landmarks,
    head: { originX, originY, eyeDistance, rotation: [c, -s, 0, s, c, 0, 0, 0, 1], cameraDistance: 16 },
    lipLine,
    toothEdge,
    upperLip,
    lowerLip,
    toDrawing,
  };
}

/** Depth of the drawn head: an ellipsoid with a nose. */
function surface(p: Point): number {
  const nose = 0.42 * gauss(p.x / 0.17) * gauss((p.y - 0.66) / 0.28);
  return -0.1 + 0.62 * p.x * p.x + 0.08 * (p.y - 0.5) * (p.y - 0.5) - nose;
}

type Scene = {
  readonly options: DrawnFaceOptions;
  readonly gap: number;
  readonly upperLip: (x: number) => number;
  readonly lowerLip: (x: number) => number;
  readonly lipLine: (x: number) => number;
  readonly toothEdge: (x: number) => number;
};

function colorAt(p: Point, scene: Scene): Rgb {
  const inFace = (p.x / 1.12) * (p.x / 1.12) + ((p.y - 0.45) / 1.36) * ((p.y - 0.45) / 1.36) < 1;
  const skin: Rgb = scene.options.skin ?? [205, 160, 140];
  let color: Rgb = inFace ? skin : [120, 140, 125];
  if (Math.abs(p.x) < OUTER) color = mouthColor(p, scene, color);
  for (const side of [-1, 1]) color = eyeColor({ x: p.x - side * EYE_X, y: p.y }, color);
  if (scene.options.glasses && inFace) color = glassesColor(p, color);
  return color;
}

function mouthColor(p: Point, scene: Scene, skin: Rgb): Rgb {
  const full = 1 - (p.x / OUTER) * (p.x / OUTER);
  const top = scene.upperLip(p.x) - 0.1 * full;
  const bottom = scene.lowerLip(p.x) + 0.14 * full;
  if (p.y < top || p.y > bottom) return skin;
  const lip: Rgb = [176, 92, 90];
  if (scene.gap === 0) {
    const shade = Math.abs(p.x) < INNER ? 0.7 * gauss((p.y - scene.lipLine(p.x)) / 0.014) : 0;
    return [lip[0] * (1 - shade), lip[1] * (1 - shade), lip[2] * (1 - shade)];
  }
  if (Math.abs(p.x) >= INNER || p.y < scene.upperLip(p.x) || p.y > scene.lowerLip(p.x)) return lip;
  const betweenTeeth = Math.abs(p.x / 0.09 - Math.floor(p.x / 0.09) - 0.5) > 0.46;
  if (scene.options.teeth !== undefined && p.y < scene.toothEdge(p.x)) {
    return betweenTeeth ? [150, 140, 125] : [228, 222, 206];
  }
  return [62, 24, 26];
}

function eyeColor(p: Point, skin: Rgb): Rgb {
  const open = 1 - (p.x / EYE_HALF) * (p.x / EYE_HALF);
  if (open <= 0 || p.y < -0.09 * open || p.y > 0.06 * open) return skin;
  return p.x * p.x + (p.y + 0.015) * (p.y + 0.015) < IRIS * IRIS ? [72, 50, 40] : [236, 232, 226];
}

function glassesColor(p: Point, under: Rgb): Rgb {
  const x = Math.abs(p.x) - EYE_X;
  const r = Math.sqrt(x * x + p.y * p.y);
  const rim = r > 0.31 && r < 0.38;
  const bridge = Math.abs(p.x) < 0.2 && Math.abs(p.y) < 0.035;
  const arm = Math.abs(p.x) > EYE_X + 0.3 && Math.abs(p.y) < 0.04;
  return rim || bridge || arm ? [22, 22, 26] : under;
}

const OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
  150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** Places the named points of the mesh where the drawing has them, and scatters the rest over the face. */
function landmarkPositions(upperLip: (x: number) => number, lowerLip: (x: number) => number): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < 478; i++) {
    const radius = Math.sqrt((i + 0.5) / 478) * 0.95;
    const angle = i * 2.399963229728653;
    points.push({ x: 1.1 * radius * cos(angle), y: 0.45 + 1.33 * radius * sin(angle) });
  }
  OVAL.forEach((p, k) => {
    const angle = (k / OVAL.length) * 2 * Math.PI;
    points[p] = { x: 1.12 * sin(angle), y: 0.45 - 1.36 * cos(angle) };
  });
  const row = (ids: readonly number[], half: number, center: number, y: (x: number) => number): void => {
    ids.forEach((p, k) => {
      const x = half * ((2 * k) / (ids.length - 1) - 1);
      points[p] = { x: center + x, y: y(x) };
    });
  };
  const full = (x: number): number => Math.max(0, 1 - (x / OUTER) * (x / OUTER));
  row([61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291], OUTER, 0, (x) => upperLip(x) - 0.1 * full(x));
  row([61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291], OUTER, 0, (x) => lowerLip(x) + 0.14 * full(x));
  row([78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308], INNER, 0, upperLip);
  row([78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308], INNER, 0, lowerLip);
  const open = (x: number): number => 1 - (x / EYE_HALF) * (x / EYE_HALF);
  const eye = (upper: number[], lower: number[], brow: number[], iris: number, center: number): void => {
    row(upper, EYE_HALF, center, (x) => -0.09 * open(x));
    row(lower, EYE_HALF, center, (x) => 0.06 * open(x));
    row(brow, 0.28, center, () => -0.3);
    points[iris] = { x: center, y: -0.015 };
    for (let k = 0; k < 4; k++) {
      const angle = (k * Math.PI) / 2;
      points[iris + 1 + k] = { x: center + IRIS * cos(angle), y: -0.015 + IRIS * sin(angle) };
    }
  };
  eye(
    [33, 246, 161, 160, 159, 158, 157, 173, 133],
    [33, 7, 163, 144, 145, 153, 154, 155, 133],
    [46, 53, 52, 65, 55],
    468,
    -EYE_X,
  );
  eye(
    [362, 398, 384, 385, 386, 387, 388, 466, 263],
    [362, 382, 381, 380, 374, 373, 390, 249, 263],
    [285, 295, 282, 283, 276],
    473,
    EYE_X,
  );
  const single: [number, number, number][] = [
    [168, 0, -0.05],
    [6, 0, 0.1],
    [2, 0, 0.82],
    [1, 0, 0.66],
    [4, 0, 0.64],
    [50, -0.62, 0.55],
    [101, -0.5, 0.48],
    [118, -0.5, 0.44],
    [205, -0.55, 0.65],
    [280, 0.62, 0.55],
    [330, 0.5, 0.48],
    [347, 0.5, 0.44],
    [425, 0.55, 0.65],
  ];
  for (const [p, x, y] of single) points[p] = { x, y };
  return points;
}
