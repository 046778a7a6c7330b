import type { Framing } from "../../frames/index.js";
import type { Performance } from "../../performance/index.js";
import type { Rig } from "../../portrait/index.js";
import { clamp, lerp } from "../../shared/numeric.js";
import type { Area } from "./area.js";

/** What captions have to keep off. */
export type FaceAreas = {
  /** Mouth and chin, wherever head and jaw may move them: never covered. */
  readonly speech: Area;
  /** Eyes and brows: not covered, if there is any other place. */
  readonly eyes: Area;
};

/** Where captions stand: their box ends at `bottom` in the middle of the frame, pixels. */
export type CaptionPlace = {
  readonly bottom: number;
  /** Font size, pixels. */
  readonly size: number;
  readonly lines: 1 | 2;
};

/** Size of a box with so many lines at a font size, pixels. */
export type BoxSize = (size: number, lines: 1 | 2) => { readonly width: number; readonly height: number };

// Mesh points: nose base, chin, jaw from side to side, brows, lower lids.
const NOSE_BASE = 2;
const CHIN = 152;
const MOUTH_CORNERS = [61, 291];
const JAW = [172, 136, 150, 149, 176, 148, CHIN, 377, 400, 378, 379, 365, 397];
const BROWS = [70, 63, 105, 66, 107, 300, 293, 334, 296, 336];
const LIDS = [33, 145, 133, 362, 374, 263];

/** How far a face carries its parts, eye distances. */
export type FaceReach = {
  /** To either side, and up or down with the head. */
  readonly side: number;
  readonly rise: number;
  readonly fall: number;
  /** How much lower the jaw hangs. */
  readonly jaw: number;
};

/** From the centre of the head's rotation to mouth and chin: forwards, and down; from the jaw's hinge to the chin. */
const LEVER = { forward: 1.45, down: 0.7, jaw: 1.3 } as const;
/** What lips, breath and the beard may need beyond it. */
const SLACK = 0.06;

/** How far these curves carry a face. */
export function faceReach({ curves }: Pick<Performance, "curves">): FaceReach {
  const reach = { side: SLACK, rise: SLACK, fall: SLACK, jaw: 0 };
  for (let i = 0; i < curves.jaw.length; i++) {
    const turn = LEVER.forward * Math.abs(curves.headYaw[i]!) + LEVER.down * Math.abs(curves.headRoll[i]!);
    const nod = LEVER.forward * curves.headPitch[i]! + curves.headY[i]!;
    reach.side = Math.max(reach.side, SLACK + turn + Math.abs(curves.headX[i]!));
    reach.fall = Math.max(reach.fall, SLACK + nod);
    reach.rise = Math.max(reach.rise, SLACK - nod);
    reach.jaw = Math.max(reach.jaw, LEVER.jaw * curves.jaw[i]!);
  }
  return reach;
}

/** Share of the frame that stays free at either side and, by the shape of the frame, below; and the least of it. */
const SIDE = 0.05;
const BOTTOM = { wide: 0.06, tall: 0.14 } as const;
const LEAST_BOTTOM = { wide: 0.03, tall: 0.06 } as const;
const TOP = { wide: 0.05, tall: 0.08 } as const;
const WIDE = 1.25;
const TALL = 9 / 16;

/** Font size as a share of the frame's height, but no more than this share of its width. */
const SIZE_BY_HEIGHT = 0.052;
const SIZE_BY_WIDTH = 0.062;
/** Smaller sizes that are tried where there is no room; the last ones only where nothing else helps. */
const SMALLER = [0.92, 0.86, 0.8];
const SMALLEST = [0.7, 0.6, 0.5];

/** Font size where there is room, pixels. */
export function usualSize({ width, height }: Frame): number {
  return Math.min(SIZE_BY_HEIGHT * height, SIZE_BY_WIDTH * width);
}

/** Widest box, pixels. */
export function widestBox({ width }: Frame): number {
  return Math.floor((1 - 2 * SIDE) * width);
}

/** What the face takes of the frame, wherever it goes. */
export function faceAreas(
  rig: Pick<Rig, "landmarks" | "head">,
  framing: Framing,
  reach: FaceReach,
): FaceAreas {
  const unit = rig.head.eyeDistance * framing.scale;
  const at = (index: number): { x: number; y: number } => ({
    x: (rig.landmarks[index * 3]! - framing.left) * framing.scale,
    y: (rig.landmarks[index * 3 + 1]! - framing.top) * framing.scale,
  });
  const around = (indices: readonly number[]): Area => {
    const points = indices.map(at);
    return {
      left: Math.min(...points.map(({ x }) => x)) - reach.side * unit,
      right: Math.max(...points.map(({ x }) => x)) + reach.side * unit,
      top: Math.min(...points.map(({ y }) => y)) - reach.rise * unit,
      bottom: Math.max(...points.map(({ y }) => y)) + reach.fall * unit,
    };
  };
  const speech = around([NOSE_BASE, ...MOUTH_CORNERS, ...JAW]);
  return {
    speech: { ...speech, bottom: speech.bottom + reach.jaw * unit },
    eyes: around([...BROWS, ...LIDS]),
  };
}

type Frame = { readonly width: number; readonly height: number };

/**
 * Chooses one place for all captions of a video: below, as far up as players need for their controls; else lower, and up
 * to a fifth smaller; else at the top, above brows and eyes; else of one line; else still smaller. Mouth and chin are not
 * covered as long as there is any room above or below them.
 */
export function placeCaptions(frame: Frame, face: FaceAreas, boxSize: BoxSize): CaptionPlace {
  const usual = usualSize(frame);
  for (const { scale, lines, where, avoidEyes } of ATTEMPTS) {
    const size = scale * usual;
    const box = boxSize(size, lines);
    const isFree = (bottom: number): boolean => {
      const area = {
        left: (frame.width - box.width) / 2,
        right: (frame.width + box.width) / 2,
        top: bottom - box.height,
        bottom,
      };
      return !overlap(area, face.speech) && !(avoidEyes && overlap(area, face.eyes));
    };
    const bottom = baselines(frame, face, box.height, where).find(isFree);
    if (bottom !== undefined) return { bottom: Math.round(bottom), size, lines };
  }
  return lastResort(frame, face, boxSize, usual);
}

type Attempt = { scale: number; lines: 1 | 2; where: "below" | "above"; avoidEyes: boolean };

function attempts(
  scales: readonly number[],
  lines: 1 | 2,
  where: Attempt["where"],
  avoidEyes = true,
): Attempt[] {
  return scales.map((scale) => ({ scale, lines, where, avoidEyes }));
}

const ATTEMPTS: readonly Attempt[] = [
  ...attempts([1, ...SMALLER], 2, "below"),
  ...attempts([1, ...SMALLER], 2, "above"),
  ...attempts([1, ...SMALLER], 1, "below"),
  ...attempts([1, ...SMALLER], 1, "above"),
  ...attempts(SMALLEST, 1, "below"),
  ...attempts(SMALLEST, 1, "above"),
  ...attempts([0.8, ...SMALLEST], 1, "above", false),
];

/** Lower edges of the box that come into question, best first. */
function baselines(frame: Frame, face: FaceAreas, height: number, where: Attempt["where"]): number[] {
  const tallness = clamp((WIDE - frame.width / frame.height) / (WIDE - TALL), 0, 1);
  const share = ({ wide, tall }: { wide: number; tall: number }): number =>
    lerp(wide, tall, tallness) * frame.height;
  if (where === "above") return [share(TOP) + height, share(LEAST_BOTTOM) + height];
  const usual = frame.height - share(BOTTOM);
  // Just below the face, where that is lower than usual.
  return [usual, clamp(face.speech.bottom + height, usual, frame.height - share(LEAST_BOTTOM))];
}

/** The mouth fills the frame: the smallest text, at the edge that is farther from it. */
function lastResort(frame: Frame, { speech }: FaceAreas, boxSize: BoxSize, usual: number): CaptionPlace {
  const size = SMALLEST.at(-1)! * usual;
  const { height } = boxSize(size, 1);
  const isBelow = frame.height - speech.bottom > speech.top;
  return { bottom: Math.round(isBelow ? frame.height - 2 : height + 2), size, lines: 1 };
}

function overlap(a: Area, b: Area): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
