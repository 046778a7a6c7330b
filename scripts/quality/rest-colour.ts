import type { Photo } from "../../src/assets/index.js";
import { createFrameRenderer, type Framing, type planFraming } from "../../src/frames/index.js";
import { FRAME_RATE } from "../../src/performance/index.js";
import type { Rig } from "../../src/portrait/index.js";
import { FACE_OVAL } from "../../src/portrait/landmark-sets.js";
import { encodeVideo } from "../../src/video/index.js";
import { performPoses } from "../../test/support/hand-made-performance.js";
import { decodePictures } from "../../test/support/read-video.js";
import { deltaE2000, toLab } from "./colour.js";
import { placePhoto } from "./place-photo.js";
import { videoToRgb } from "./video-to-rgb.js";

/** Colour differences (CIEDE2000) between a photo and the video of its face at rest. */
export type RestColour = {
  readonly all: Differences;
  /** Within the outline of the face. */
  readonly skin: Differences;
};

export type Differences = {
  readonly mean: number;
  /** 95th percentile. */
  readonly p95: number;
  /** Of the mean colours of blocks of 8 x 8 pixels: what is left without texture and coding noise. */
  readonly blocks: number;
};

/** Enough for the encoder to look ahead as it does in a film. */
const FRAMES = 12;
const BLOCK = 8;
/** Every how many pixels one is compared by itself. */
const SPARSE = 3;

/**
 * Goes the whole way: draws the face at rest, encodes and decodes it, and compares it with the photo, which another
 * sampler puts in its place. Only where the photo is.
 *
 * @param path - where the video may lie
 */
export async function measureRestColour(
  photo: Photo,
  rig: Rig,
  framing: ReturnType<typeof planFraming>,
  path: string,
): Promise<RestColour> {
  const performance = performPoses(Array.from({ length: FRAMES }, () => ({})));
  const renderer = await createFrameRenderer({ rig, photo, framing, performance });
  await encodeVideo({
    renderer,
    frameCount: FRAMES,
    frameRate: FRAME_RATE,
    samples: new Float32Array(0),
    sampleRate: 48_000,
    path,
  });
  let shown: Float32Array = new Float32Array(0);
  await decodePictures(path, ({ planes, strides }) => {
    shown = videoToRgb(planes, strides, framing.width, framing.height);
  });
  const truth = placePhoto(photo, framing);
  const face = faceOutline(rig, framing);
  return {
    all: compare(shown, truth, framing, () => true),
    skin: compare(shown, truth, framing, (x, y) => isInside(face, x, y)),
  };
}

function compare(
  shown: Float32Array,
  truth: Float32Array,
  { width, height }: Framing,
  isMeant: (x: number, y: number) => boolean,
): Differences {
  const found: number[] = [];
  const blocks: number[] = [];
  for (let y = 0; y + BLOCK <= height; y += BLOCK) {
    for (let x = 0; x + BLOCK <= width; x += BLOCK) {
      const means: [Sum, Sum] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      let count = 0;
      for (let k = 0; k < BLOCK * BLOCK; k++) {
        const [px, py] = [x + (k % BLOCK), y + Math.floor(k / BLOCK)];
        const at = (py * width + px) * 3;
        if (Number.isNaN(truth[at]!) || !isMeant(px, py)) continue;
        if (k % SPARSE === 0) found.push(deltaE2000(labAt(shown, at), labAt(truth, at)));
        count++;
        for (let c = 0; c < 3; c++) {
          means[0][c]! += shown[at + c]!;
          means[1][c]! += truth[at + c]!;
        }
      }
      if (count < BLOCK * BLOCK) continue;
      const [a, b] = means.map(([r, g, b]) => toLab(r / count, g / count, b / count));
      blocks.push(deltaE2000(a!, b!));
    }
  }
  found.sort((a, b) => a - b);
  return {
    mean: meanOf(found),
    p95: found[Math.floor(found.length * 0.95)] ?? Number.NaN,
    blocks: meanOf(blocks),
  };
}

type Sum = [number, number, number];

function labAt(rgb: Float32Array, at: number): [number, number, number] {
  return toLab(rgb[at]!, rgb[at + 1]!, rgb[at + 2]!);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

type Point = { readonly x: number; readonly y: number };

function faceOutline({ landmarks }: Rig, { left, top, scale }: Framing): Point[] {
  return FACE_OVAL.map((index) => ({
    x: (landmarks[3 * index]! - left) * scale,
    y: (landmarks[3 * index + 1]! - top) * scale,
  }));
}

/** Even-odd rule, at the pixel's centre. */
function isInside(outline: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  outline.forEach((a, i) => {
    const b = outline[(i + 1) % outline.length]!;
    if (a.y > y + 0.5 === b.y > y + 0.5) return;
    if (x + 0.5 < a.x + ((y + 0.5 - a.y) * (b.x - a.x)) / (b.y - a.y)) inside = !inside;
  });
  return inside;
}
