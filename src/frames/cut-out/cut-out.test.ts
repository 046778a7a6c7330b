import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { drawRig } from "../../../test/support/drawn-rig.js";
import { performPoses } from "../../../test/support/hand-made-performance.js";
import type { Photo } from "../../assets/index.js";
import type { FacePose } from "../../performance/index.js";
import { boxBlur } from "../box-blur.js";
import type { Frame, FrameRenderer } from "../frame.js";
import { createPlainKernels } from "../kernels/plain-kernels.js";
import { MEMORY_BASE } from "../kernels/wasm-kernels.js";
import type { NewBackground } from "../new-background.js";
import { planFraming } from "../plan-framing.js";
import { createFrameRenderer, type RendererInput } from "../renderer.js";
import { toYuv } from "../to-yuv.js";

const { rig, photo } = drawRig();
const alpha = drawAlpha();
const person: Photo = { ...photo, alpha };
const planned = planFraming(rig, photo, { resolution: "360p", aspectRatio: "1:1", fit: null });
// Small, and not of whole cells.
const [width, height] = [232, 232];
const framing = { ...planned, width, height, scale: (planned.scale * width) / planned.width };
const GREEN = [0, 177, 64] as const;
const green: NewBackground = { type: "color", rgb: GREEN };
const POSES: readonly Partial<FacePose>[] = [
  {},
  { headYaw: 0.1, headRoll: 0.05, articulation: 1, jaw: 0.15, lipGap: 0.2 },
  { headYaw: -0.1, headX: 0.04, breath: 1 },
  {},
];

/** The rig's matte at the photo's size, with a soft edge. */
function drawAlpha(): Uint8Array {
  const { matte } = rig;
  const hard = new Float32Array(photo.width * photo.height);
  for (let i = 0; i < hard.length; i++) {
    const x = Math.floor(((i % photo.width) / photo.width) * matte.width);
    const y = Math.floor((Math.floor(i / photo.width) / photo.height) * matte.height);
    hard[i] = matte.data[y * matte.width + x]!;
  }
  return Uint8Array.from(boxBlur(hard, photo.width, photo.height, 3), Math.round);
}

async function create(
  input: Partial<RendererInput>,
  kernels?: Parameters<typeof createFrameRenderer>[1],
): Promise<FrameRenderer> {
  const performance = performPoses(POSES);
  return createFrameRenderer({ rig, photo: person, framing, performance, ...input }, kernels);
}

async function draw(renderer: FrameRenderer, count = POSES.length): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let i = 0; i < count; i++) {
    await renderer.prepare?.(i);
    const { y, u, v, a } = renderer.render(i);
    frames.push({ width, height, y: y.slice(), u: u.slice(), v: v.slice(), ...(a ? { a: a.slice() } : {}) });
  }
  return frames;
}

function hashOf(frames: readonly Frame[]): string {
  const hash = createHash("sha256");
  for (const { y, u, v, a } of frames) for (const plane of [y, u, v, a]) if (plane) hash.update(plane);
  return hash.digest("hex");
}

let transparent: Frame[];
let onGreen: Frame[];
beforeAll(async () => {
  transparent = await draw(await create({ background: { type: "nothing" } }));
  onGreen = await draw(await create({ background: green }));
});

/** Places of a frame whose coverage has a value. */
function placesWith(value: number, frame: Frame): number[] {
  return [...frame.a!.keys()].filter((i) => frame.a![i] === value);
}

describe("a person before a new background", () => {
  it("is opaque in the face and nowhere else than on and around the person, whatever moves", () => {
    const nose = (rig.landmarks[3]! - framing.left) * framing.scale;
    const at = Math.floor((rig.landmarks[4]! - framing.top) * framing.scale) * width + Math.floor(nose);
    for (const { a } of transparent) {
      expect(a!.length).toBe(width * height);
      expect([a![at], a![width + 1], a![2 * width - 2]]).toEqual([255, 0, 0]);
    }
    expect(hashOf([transparent[0]!])).toBe(hashOf([transparent[3]!]));
  });

  it("has exactly the background where they are not, and is blended with it at the edge only", () => {
    const colour = toYuv(GREEN).map((value) => Math.floor(value + 0.5));
    transparent.forEach((frame, i) => {
      const around = placesWith(0, frame);
      expect(around.length).toBeGreaterThan(2000);
      expect(around.filter((at) => onGreen[i]!.y[at] !== colour[0])).toEqual([]);
      const inside = placesWith(255, frame);
      expect(inside.length).toBeGreaterThan(8_000);
      expect(width * height - inside.length - around.length).toBeLessThan(6_000);
    });
  });

  it("looks as in the photo, but for a thin rim in the new light", async () => {
    const plain = await draw(await create({ photo: { ...photo, alpha: null } }), 2);
    const deep = boxBlur(Float32Array.from(transparent[1]!.a!), width, height, 8);
    for (const i of [0, 1]) {
      let compared = 0;
      for (let at = 0; at < deep.length; at++) {
        if (deep[at]! < 255 || transparent[i]!.a![at] !== 255) continue;
        compared++;
        if (Math.abs(onGreen[i]!.y[at]! - plain[i]!.y[at]!) > 2) throw new Error(`differs at ${at}`);
      }
      expect(compared).toBeGreaterThan(4_000);
    }
  });

  it("brings nothing of the old surroundings along", async () => {
    const reach = Math.ceil(10 / framing.scale);
    const near = boxBlur(Float32Array.from(alpha), photo.width, photo.height, reach);
    const repainted = photo.rgb.slice();
    for (let i = 0; i < near.length; i++) if (near[i] === 0) repainted.set([255, 0, 255], i * 3);
    const other = { ...person, rgb: repainted };
    for (const background of [green, { type: "nothing" }] as const) {
      const frames = await draw(await create({ photo: other, background }), 3);
      expect(hashOf(frames)).toBe(hashOf((background === green ? onGreen : transparent).slice(0, 3)));
    }
  });

  it("is the same from the plain kernels", async () => {
    const film: NewBackground = { type: "film", film: { frame: async (i) => flat(100 + i) } };
    for (const background of [film, { type: "nothing" } as const]) {
      const plain = await create({ background }, async (bytes) =>
        createPlainKernels(new ArrayBuffer(Math.ceil((bytes + MEMORY_BASE) / 65_536) * 65_536)),
      );
      expect(hashOf(await draw(plain, 2))).toBe(hashOf(await draw(await create({ background }), 2)));
    }
  });
});

/** A grey frame that a film may use again. */
const reused: Frame = {
  width,
  height,
  y: new Uint8Array(width * height),
  u: new Uint8Array((width * height) / 4).fill(128),
  v: new Uint8Array((width * height) / 4).fill(128),
};
function flat(luma: number): Frame {
  reused.y.fill(luma);
  return reused;
}

describe("a film behind the person", () => {
  it("is asked once for each frame, in order, and seen behind the frame it belongs to", async () => {
    const asked: number[] = [];
    const film = {
      frame: async (index: number) => {
        asked.push(index);
        return flat(60 + 20 * index);
      },
    };
    const frames = await draw(await create({ background: { type: "film", film } }));
    expect(asked).toEqual([0, 1, 2, 3]);
    frames.forEach((frame, i) => {
      const around = placesWith(0, transparent[i]!);
      expect(around.filter((at) => frame.y[at] !== 60 + 20 * i)).toEqual([]);
    });
  });

  it("looks as the same picture would that stands still", async () => {
    const grey = (i: number) => Math.round((i - 16) * 1.164384);
    const rgb = [grey(141), grey(141), grey(141)] as const;
    const luma = Math.floor(toYuv(rgb)[0] + 0.5);
    const still = await draw(await create({ background: { type: "color", rgb } }), 2);
    const film = await draw(
      await create({ background: { type: "film", film: { frame: async () => flat(luma) } } }),
      2,
    );
    let worst = 0;
    still.forEach((frame, i) => {
      for (let at = 0; at < frame.y.length; at++) {
        worst = Math.max(worst, Math.abs(frame.y[at]! - film[i]!.y[at]!));
      }
    });
    expect(worst).toBeLessThanOrEqual(2);
  });

  it("says so where a frame is drawn that was not prepared", async () => {
    const renderer = await create({ background: { type: "film", film: { frame: async () => flat(90) } } });
    expect(() => renderer.render(2)).toThrow(/not prepared/);
  });
});

describe("beyond the photo", () => {
  it("a body that the photo cuts off goes on down, and shoulders bend round", async () => {
    // The person fills the lower border and reaches both sides; the video reaches far beyond all borders.
    const cutOff = new Uint8Array(photo.width * photo.height);
    const shoulder = Math.floor(photo.height * 0.7);
    cutOff.fill(255, shoulder * photo.width);
    const size = 384;
    const far = { ...framing, left: -0.5 * photo.width, top: -0.5 * photo.height, width: size, height: size };
    const renderer = await create({
      photo: { ...photo, alpha: cutOff },
      framing: { ...far, scale: size / (2 * photo.width) },
      background: { type: "nothing" },
    });
    const { a, v } = renderer.render(0);
    // Whole cells: the encoder takes the planes in place.
    expect(a!.byteOffset).toBe(v.byteOffset + v.length);
    const at = (x: number, y: number): number => a![Math.floor(y * size) * size + Math.floor(x * size)]!;
    expect([at(0.5, 0.5), at(0.5, 0.7), at(0.5, 0.95)]).toEqual([0, 255, 255]);
    // Beside the photo: at the height of its shoulders only near it, farther down farther out, at last nothing.
    const reach = (y: number): number => {
      let x = 0.25;
      while (x > 0 && at(x, y) > 127) x -= 1 / size;
      return 0.25 - x;
    };
    expect(reach(0.62)).toBeLessThan(reach(0.7));
    expect(reach(0.7)).toBeLessThanOrEqual(reach(0.95));
    expect(at(0.01, 0.61)).toBe(0);
  });
});
