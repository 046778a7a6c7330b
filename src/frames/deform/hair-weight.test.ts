import { describe, expect, it } from "vitest";
import { drawRig } from "../../../test/support/drawn-rig.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { Arena } from "../kernels/arena.js";
import { planFraming } from "../plan-framing.js";
import { createPlate } from "../plate.js";
import { measureDistances } from "./face-measures.js";
import { createHairWeight, type HairWeight } from "./hair-weight.js";
import { createPersonWeight } from "./person-weight.js";
import { surfaceAtHead, surfaceAtPhoto } from "./surface.js";

const BROWN = [58, 38, 30] as const;
const GREEN = [60, 120, 70] as const;

/** The drawn person with hair of a colour (null: skin) down to a height, in clothes. Lengths in eye distances from the eyes. */
async function withHair(
  length: number,
  colour: readonly number[] | null,
): Promise<[HairWeight, LatticeContext]> {
  const drawn = drawRig();
  const { rig } = drawn;
  const { chinY } = rig.mouth;
  const rgb = drawn.photo.rgb.slice();
  for (let v = 0; v < rig.height; v++) {
    for (let u = 0; u < rig.width; u++) {
      const { x, y } = surfaceAtPhoto(rig, u, v);
      const isFace = (x / 0.86) ** 2 + ((y - 0.45) / 1.4) ** 2 < 1;
      if (isFace) continue;
      const paint = y < length ? (colour ?? rig.tones.cheekLeft) : y > chinY + 0.2 ? GREEN : null;
      if (paint !== null) rgb.set(paint, (v * rig.width + u) * 3);
    }
  }
  const photo = { ...drawn.photo, rgb };
  const framing = planFraming(rig, photo, { resolution: "360p", aspectRatio: "1:1", fit: null });
  const arena = new Arena(new ArrayBuffer(8_000_000));
  const plate = await createPlate(photo, framing, 24, arena, () => undefined);
  const context: LatticeContext = {
    rig,
    measures: measureDistances(rig),
    plate,
    arena,
    personWeight: createPersonWeight(rig),
  };
  return [createHairWeight(context), context];
}

/** The weight at a place of the head frame. */
function at([hair, { rig }]: readonly [HairWeight, LatticeContext], x: number, y: number): number {
  const p = surfaceAtHead(rig, x, y, 0.3);
  return hair(p.u, p.v);
}

describe("createHairWeight", () => {
  it("lets long hair hang: nothing at the roots, more and more towards the tips, nothing on the face", async () => {
    const drawn = await withHair(2.2, BROWN);
    const { chinY } = drawn[1].rig.mouth;
    expect(at(drawn, 0, -0.9)).toBe(0);
    expect(at(drawn, 0, 0.2)).toBe(0);
    const beside = [0, 0.4, 0.8, 1.1].map((y) => at(drawn, 0.95, y));
    expect(beside[3]).toBeGreaterThan(0.15);
    for (let i = 1; i < beside.length; i++) expect(beside[i]).toBeGreaterThan(beside[i - 1]!);
    expect(at(drawn, 0, chinY + 0.1)).toBeLessThan(0.2);
    expect(at(drawn, 0, chinY + 2.3)).toBe(0);
  });

  it("holds short hair, and clothes of another colour", async () => {
    const drawn = await withHair(-0.1, BROWN);
    for (const y of [-0.8, 0.2, 1, 2]) expect(at(drawn, 1.05, y)).toBeLessThan(0.02);
  });

  it("knows no hair on a head of one colour", async () => {
    const bald = await withHair(1.2, null);
    for (let y = -1; y < 3; y += 0.25) expect(at(bald, 1, y)).toBe(0);
  });
});
