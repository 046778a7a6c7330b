import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { performPoses } from "../../test/support/hand-made-performance.js";
import { decodePhoto, loadAsset, type Photo } from "../assets/index.js";
import type { FacePose } from "../performance/index.js";
import { analysePortrait, analyseWithCache, createDiskRigCache, type Rig } from "../portrait/index.js";
import type { AspectRatio, Resolution } from "../request/index.js";
import type { Frame, FrameRenderer } from "./frame.js";
import { createFrameRenderer, type Framing, planFraming } from "./index.js";
import { Arena } from "./kernels/arena.js";
import { createPlainKernels } from "./kernels/plain-kernels.js";
import { MEMORY_BASE } from "./kernels/wasm-kernels.js";
import { createPlate } from "./plate.js";
import { plateMargin } from "./renderer.js";

const SAMPLE = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));
const field = ["image_url"];

/** Everything moves: an open vowel, a pursed one, a closure, a blink with turned head, a look aside. */
const POSES: readonly Partial<FacePose>[] = [
  {},
  { articulation: 1, jaw: 0.17, lipGap: 0.22, mouthWidth: 0.97, headPitch: 0.04 },
  { articulation: 1, jaw: 0.06, lipGap: 0.07, mouthWidth: 0.74, protrusion: 1, round: 0.8, headYaw: -0.1 },
  { articulation: 1, jaw: 0.03, lipPress: 0.8, smileLeft: 0.1, smileRight: 0.12, headRoll: 0.05 },
  { lidLeft: 1, lidRight: 1, headYaw: 0.12, headX: 0.04, breath: 1 },
  { gazeX: 0.12, gazeY: -0.06, browLeft: 0.8, browRight: 0.6, lidLeft: -0.2, lidRight: -0.2 },
  { articulation: 1, jaw: 0.04, lipGap: 0.03, lowerLipRoll: 0.7, upperLipLift: 0.75, squint: 0.4 },
  { articulation: 0.4, jaw: 0.1, lipGap: 0.1, lidLeft: 0.5, lidRight: 0.4, browKnit: 0.7 },
];

let photo: Photo;
let rig: Rig;
beforeAll(async () => {
  photo = await decodePhoto(await loadAsset(SAMPLE, { field, allowLocalPaths: true }), { field });
  rig = await analysePortrait(photo);
});

function frameFor(resolution: Resolution, aspectRatio: AspectRatio): Framing {
  return planFraming(rig, photo, { resolution, aspectRatio, fit: null });
}

async function createRenderer(
  framing: Framing,
  poses: readonly Partial<FacePose>[] = POSES,
): Promise<FrameRenderer> {
  return createFrameRenderer({ rig, photo, framing, performance: performPoses(poses) });
}

function hashOf({ y, u, v }: Frame): string {
  return createHash("sha256").update(y).update(u).update(v).digest("hex");
}

/** The planes of a frame, kept when the renderer goes on. */
function copyOf({ width, height, y, u, v }: Frame): Frame {
  return { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
}

function worstDifference(a: Uint8Array, b: Uint8Array): number {
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}

/** The photo as the renderer resizes it, as planes of the frame's size. */
async function resizedPhoto(framing: Framing): Promise<Frame> {
  const { width, height } = framing;
  const margin = plateMargin(framing);
  const bytes = (width + 2 * margin) * (height + 2 * margin) * 5 + MEMORY_BASE + 4096;
  const arena = new Arena(new ArrayBuffer(bytes));
  const { rgb, width: stride } = await createPlate(photo, framing, margin, arena, () => {});
  const y = new Uint8Array(width * height);
  const u = new Uint8Array((width * height) / 4);
  const v = new Uint8Array((width * height) / 4);
  const at = (row: number, column: number): number => ((row + margin) * stride + column + margin) * 3;
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      const p = at(row, x);
      y[row * width + x] = 16.5 + 0.182586 * rgb[p]! + 0.614231 * rgb[p + 1]! + 0.062007 * rgb[p + 2]!;
      if (row % 2 === 1 || x % 2 === 1) continue;
      // Sited on the left column: that counts twice, its neighbours once.
      const block = [-1, 0, 0, 1].flatMap((dx) => [at(row, x + dx), at(row + 1, x + dx)]);
      const mean = (c: number): number => block.reduce((sum, q) => sum + rgb[q + c]!, 0) / 8;
      const [r, g, b] = [mean(0), mean(1), mean(2)];
      const half = (row >> 1) * (width >> 1) + (x >> 1);
      u[half] = 128.5 - 0.100644 * r - 0.338572 * g + 0.439216 * b;
      v[half] = 128.5 + 0.439216 * r - 0.398942 * g - 0.040274 * b;
    }
  }
  return { width, height, y, u, v };
}

describe("at rest", () => {
  // Widths that fill whole cells and widths that do not, a photo that is cropped and one that is continued.
  const sizes: [Resolution, AspectRatio][] = [
    ["360p", "1:1"],
    ["480p", "16:9"],
    ["540p", "5:4"],
    ["540p", "9:16"],
    ["720p", "4:5"],
  ];
  it.each(sizes)("the frame is the photo (%s, %s)", async (resolution, aspectRatio) => {
    const framing = frameFor(resolution, aspectRatio);
    const renderer = await createRenderer(framing);
    const frame = renderer.render(0);
    expect([frame.width, frame.height]).toEqual([framing.width, framing.height]);
    expect(frame.y.length).toBe(framing.width * framing.height);
    expect([frame.u.length, frame.v.length]).toEqual([frame.y.length / 4, frame.y.length / 4]);
    const truth = await resizedPhoto(framing);
    let squares = 0;
    for (const plane of ["y", "u", "v"] as const) {
      expect(worstDifference(frame[plane], truth[plane])).toBeLessThanOrEqual(2);
      for (let i = 0; i < truth[plane].length; i++) squares += (frame[plane][i]! - truth[plane][i]!) ** 2;
    }
    const psnr = 10 * Math.log10((255 * 255 * 1.5 * truth.y.length) / Math.max(squares, 1e-9));
    expect(psnr).toBeGreaterThanOrEqual(50);
  });

  it("lips that are closed as in the photo look as in the photo, drawn as lips or not", async () => {
    for (const resolution of ["360p", "720p", "1080p"] as const) {
      const poses = [{}, { articulation: 1, lowerLipRoll: 0.0011 }];
      const renderer = await createRenderer(frameFor(resolution, "1:1"), poses);
      const rest = copyOf(renderer.render(0));
      const drawn = renderer.render(1);
      for (const plane of ["y", "u", "v"] as const) {
        expect(worstDifference(rest[plane], drawn[plane])).toBeLessThanOrEqual(3);
      }
    }
  });
});

describe("what a frame shows depends on nothing but the input", () => {
  let hashes: string[];
  const framing = (): Framing => frameFor("360p", "1:1");
  beforeAll(async () => {
    const renderer = await createRenderer(framing());
    hashes = POSES.map((_, i) => hashOf(renderer.render(i)));
  });

  it("every pose gives another frame", () => {
    expect(new Set(hashes).size).toBe(POSES.length);
  });

  it("two renderers draw the same", async () => {
    const renderer = await createRenderer(framing());
    expect(POSES.map((_, i) => hashOf(renderer.render(i)))).toEqual(hashes);
  });

  it("the order does not matter, nor how often a frame is drawn", async () => {
    const renderer = await createRenderer(framing());
    for (const i of [7, 1, 4, 4, 0, 6, 2, 5, 3, 0, 7, 1]) expect(hashOf(renderer.render(i))).toBe(hashes[i]);
  });

  it.each([2, 4])("frame %i drawn alone is the same", async (i) => {
    expect(hashOf((await createRenderer(framing())).render(i))).toBe(hashes[i]);
  });

  it("the plain kernels draw the same as the WebAssembly ones", async () => {
    const input = { rig, photo, framing: framing(), performance: performPoses(POSES) };
    const renderer = await createFrameRenderer(input, async (bytes) =>
      createPlainKernels(new ArrayBuffer(Math.ceil((bytes + MEMORY_BASE) / 65_536) * 65_536)),
    );
    for (const i of [0, 1, 3, 4, 5]) expect(hashOf(renderer.render(i))).toBe(hashes[i]);
  });

  it("a rig from the cache draws the same", async () => {
    const directory = await mkdtemp(join(tmpdir(), "parlante-rigs-"));
    try {
      const cache = createDiskRigCache(directory);
      const fresh = await analyseWithCache(photo, cache);
      const stored = await analyseWithCache(photo, cache);
      expect(stored).not.toBe(fresh);
      const renderer = await createFrameRenderer({
        rig: stored,
        photo,
        framing: framing(),
        performance: performPoses(POSES),
      });
      expect(POSES.map((_, i) => hashOf(renderer.render(i)))).toEqual(hashes);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe("frames in the encoder's queue", () => {
  it.each([
    ["360p", "1:1"],
    ["480p", "16:9"],
  ] as const)("stay as they are while `slots` later ones are drawn (%s, %s)", async (resolution, ratio) => {
    const renderer = await createRenderer(frameFor(resolution, ratio));
    const count = 2 * renderer.slots + 3;
    const frames: Frame[] = [];
    const hashes: string[] = [];
    for (let k = 0; k < count; k++) {
      frames.push(renderer.render(k % POSES.length));
      hashes.push(hashOf(frames[k]!));
      const oldest = Math.max(0, k - renderer.slots + 1);
      for (let i = oldest; i <= k; i++) expect(hashOf(frames[i]!)).toBe(hashes[i]);
    }
  });
});

describe("movement stays where it belongs", () => {
  it("the background far from the person keeps still, whatever the head does", async () => {
    const framing = frameFor("360p", "16:9");
    const renderer = await createRenderer(framing);
    const rest = copyOf(renderer.render(0));
    // Photo pixels farther from anything of the person than the band that moves along, with room to spare.
    const { matte } = rig;
    const reach = Math.ceil((1.1 * rig.head.eyeDistance * matte.width) / rig.width);
    const isFar = (x: number, y: number): boolean => {
      for (let my = y - reach; my <= y + reach; my++) {
        for (let mx = x - reach; mx <= x + reach; mx++) {
          const cx = Math.min(Math.max(mx, 0), matte.width - 1);
          const cy = Math.min(Math.max(my, 0), matte.height - 1);
          if (matte.data[cy * matte.width + cx]! > 40) return false;
        }
      }
      return true;
    };
    const far: number[] = [];
    for (let y = 0; y < framing.height; y += 8) {
      for (let x = 0; x < framing.width; x += 8) {
        const u = framing.left + x / framing.scale;
        const v = framing.top + y / framing.scale;
        const mx = Math.floor((u / rig.width) * matte.width);
        const my = Math.floor((v / rig.height) * matte.height);
        if (isFar(mx, my)) far.push(y * framing.width + x);
      }
    }
    expect(far.length).toBeGreaterThan(100);
    for (let i = 1; i < POSES.length; i++) {
      const { y } = renderer.render(i);
      expect(far.filter((at) => y[at] !== rest.y[at])).toEqual([]);
    }
  });

  it("the jaw pulls at neither the eyes nor the forehead", async () => {
    // A hint of a blink, so that the lids are drawn apart from the face.
    const lids = { lidLeft: 0.04, lidRight: 0.04 };
    const poses = [lids, { ...lids, articulation: 1, jaw: 0.2, lipGap: 0.3, mouthWidth: 1.1 }];
    const framing = frameFor("540p", "1:1");
    const renderer = await createRenderer(framing, poses);
    const closed = copyOf(renderer.render(0));
    const open = renderer.render(1);
    const noseY = Math.floor((rig.landmarks[5 * 3 + 1]! - framing.top) * framing.scale);
    const above = noseY * framing.width;
    expect(worstDifference(closed.y.subarray(0, above), open.y.subarray(0, above))).toBeLessThanOrEqual(2);
    expect(worstDifference(closed.y.subarray(above), open.y.subarray(above))).toBeGreaterThan(60);
  });

  it("a wink leaves the other eye and the mouth alone", async () => {
    const framing = frameFor("360p", "1:1");
    const renderer = await createRenderer(framing, [{}, { lidLeft: 1 }]);
    const rest = copyOf(renderer.render(0));
    const wink = renderer.render(1);
    const middle = Math.floor((rig.landmarks[168 * 3]! - framing.left) * framing.scale);
    let left = 0;
    let right = 0;
    for (let i = 0; i < wink.y.length; i++) {
      const change = Math.abs(wink.y[i]! - rest.y[i]!);
      if (i % framing.width < middle) left = Math.max(left, change);
      else right = Math.max(right, change);
    }
    expect(left).toBeGreaterThan(30);
    expect(right).toBe(0);
  });

  it("a frame that differs little in its pose differs little in its pixels", async () => {
    const steps = 24;
    const poses = Array.from({ length: steps + 1 }, (_, k) => {
      const t = k / steps;
      return { articulation: 1, jaw: 0.16 * t, lipGap: 0.2 * t, headYaw: 0.06 * t, lidLeft: t, lidRight: t };
    });
    const renderer = await createRenderer(frameFor("360p", "1:1"), poses);
    let before = copyOf(renderer.render(0));
    for (let k = 1; k <= steps; k++) {
      const frame = copyOf(renderer.render(k));
      let sum = 0;
      for (let i = 0; i < frame.y.length; i++) sum += Math.abs(frame.y[i]! - before.y[i]!);
      // All of it together moves under half a pixel a step; a layer that drops out would show as more.
      expect(sum / frame.y.length).toBeLessThan(2.5);
      before = frame;
    }
  });
});
