import { describe, expect, it } from "vitest";
import { drawRig } from "../../../test/support/drawn-rig.js";
import { CURVES, type CurveName, type Performance } from "../../performance/index.js";
import type { Rig } from "../../portrait/index.js";
import { measurePersonDistance } from "../deform/person-weight.js";
import type { Frame } from "../frame.js";
import { Arena } from "../kernels/arena.js";
import { planFraming } from "../plan-framing.js";
import { createPlate } from "../plate.js";
import { createFrameRenderer } from "../renderer.js";
import { BOTH, createCover, STILL, SURFACE } from "./cover.js";
import { fillBehind } from "./fill-behind.js";

const { rig, photo } = drawRig();
const framing = planFraming(rig, photo, { resolution: "360p", aspectRatio: "1:1", fit: null });

async function coverOf(of: Rig) {
  const arena = new Arena(new ArrayBuffer(8_000_000));
  const plate = await createPlate(photo, framing, 24, arena, () => undefined);
  return { plate, cover: createCover(plate, arena, of, measurePersonDistance(of), 8) };
}

/** Frames of some head positions. */
async function draw(of: Rig, poses: readonly Partial<Record<CurveName, number>>[]): Promise<Frame[]> {
  const names = Object.keys(CURVES) as CurveName[];
  const curves = Object.fromEntries(
    names.map((name) => [name, Float32Array.from(poses, (pose) => pose[name] ?? CURVES[name])]),
  ) as Record<CurveName, Float32Array>;
  const performance: Performance = { frameCount: poses.length, curves, visemes: [], warnings: [] };
  const renderer = await createFrameRenderer({ rig: of, photo, framing, performance });
  return poses.map((_, i) => {
    const { width, height, y, u, v } = renderer.render(i);
    return { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
  });
}

describe("the cover", () => {
  it("is full on the person, empty away from them, and says so of whole cells", async () => {
    const { plate, cover } = await coverOf(rig);
    const { placement } = plate;
    const at = (u: number, v: number): [number, number] => [
      u * placement.scaleX + placement.offsetX,
      v * placement.scaleY + placement.offsetY,
    ];
    const nose = at(rig.landmarks[3]!, rig.landmarks[4]!);
    expect(cover.kindOfCell(...nose)).toBe(SURFACE);
    expect(cover.kindOfCell(...at(2, 2))).toBe(STILL);
    const kinds = new Set<number>();
    for (let x = 0; x < plate.width; x++) kinds.add(cover.kindOfCell(x, nose[1]));
    expect([...kinds].sort()).toEqual([SURFACE, BOTH, STILL]);
  });

  it("never says that a cell shows only one thing when it shows both", async () => {
    const { plate, cover } = await coverOf(rig);
    for (let y = 8; y < plate.height - 8; y += 3) {
      for (let x = 8; x < plate.width - 8; x += 3) {
        const kind = cover.kindOfCell(x, y);
        if (kind === BOTH) continue;
        for (const [dx, dy] of [
          [-4, -4],
          [4, -4],
          [-4, 4],
          [4, 4],
          [0, 0],
        ] as const) {
          const value = cover.view[((y + dy) >> 1) * cover.width + ((x + dx) >> 1)]!;
          expect(value).toBe(kind === SURFACE ? 255 : 0);
        }
      }
    }
  });

  it("leaves an outline that is a guess alone: all that moves is covered", async () => {
    const guessed = await coverOf({ ...rig, matte: { ...rig.matte, isGuess: true } });
    const distance = measurePersonDistance(rig);
    const { scaleX, scaleY, offsetX, offsetY } = guessed.plate.placement;
    const { cover } = guessed;
    for (let i = 0; i < cover.view.length; i += 7) {
      const u = ((i % cover.width) * 2 + 1 - offsetX) / scaleX;
      const v = (Math.floor(i / cover.width) * 2 + 1 - offsetY) / scaleY;
      if (distance(u, v) < 0.85) expect(cover.view[i]).toBe(255);
    }
  });

  it("ends where a round picture ends", async () => {
    const { width, height } = rig.matte;
    const opaque = new Uint8Array(width * height).fill(1);
    for (let y = 0; y < height; y++) opaque.fill(0, y * width + Math.floor(width * 0.55), (y + 1) * width);
    const { plate, cover } = await coverOf({ ...rig, matte: { ...rig.matte, opaque } });
    const x = (0.6 * rig.width * plate.placement.scaleX + plate.placement.offsetX) >> 1;
    const y = (rig.landmarks[4]! * plate.placement.scaleY + plate.placement.offsetY) >> 1;
    expect(cover.view[y * cover.width + x]).toBe(0);
    expect(cover.isBlank[y * cover.width + x]).toBe(1);
  });
});

describe("what is behind the person", () => {
  it("is the photo itself wherever anything but the person can be seen", async () => {
    const { plate, cover } = await coverOf(rig);
    const filled = fillBehind(plate, cover, rig);
    for (let y = 0; y < plate.height; y++) {
      for (let x = 0; x < plate.width; x++) {
        if (cover.view[(y >> 1) * cover.width + (x >> 1)] === 255) continue;
        for (let c = 0; c < 3; c++) {
          const at = (y * plate.width + x) * 3 + c;
          if (filled[at] !== plate.rgb[at]) throw new Error(`differs at ${x}, ${y}`);
        }
      }
    }
  });

  it("keeps still beside a turning head, and the turned head covers it", async () => {
    const [rest, turned] = await draw(rig, [{}, { headRoll: 0.08, headYaw: 0.1 }]);
    const distance = measurePersonDistance(rig);
    let still = 0;
    let changed = 0;
    for (let y = 0; y < framing.height; y++) {
      for (let x = 0; x < framing.width; x++) {
        const away = distance(
          framing.left + (x + 0.5) / framing.scale,
          framing.top + (y + 0.5) / framing.scale,
        );
        const difference = Math.abs(rest!.y[y * framing.width + x]! - turned!.y[y * framing.width + x]!);
        // The head reaches .25 eye distances farther than in the photo, its rim a little more.
        if (away > 0.55) {
          still++;
          expect(difference).toBeLessThanOrEqual(1);
        } else if (difference > 8) changed++;
      }
    }
    expect(still).toBeGreaterThan(1000);
    expect(changed).toBeGreaterThan(1000);
  });
});
