import { beforeAll, describe, expect, it } from "vitest";
import { drawRig } from "../../test/support/drawn-rig.js";
import { smallestJacobian } from "../../test/support/lattice-shape.js";
import { testDataDir, testFile } from "../../test/support/test-data.js";
import { decodePhoto, loadAsset, type Photo } from "../assets/index.js";
import { CURVES, type FacePose } from "../performance/index.js";
import { analysePortrait, type Rig } from "../portrait/index.js";
import type { LatticeContext } from "./apertures/edge-lattice.js";
import { measureDistances } from "./deform/face-measures.js";
import { createFaceState, restJaw, updateFaceState } from "./deform/face-state.js";
import { HeadMotion } from "./deform/head-motion.js";
import { LipController } from "./deform/lip-controller.js";
import { createPersonWeight, measurePersonDistance } from "./deform/person-weight.js";
import { Arena } from "./kernels/arena.js";
import { planFraming } from "./plan-framing.js";
import { createPlate } from "./plate.js";
import { createSceneLattices, type SceneLattices } from "./scene-lattices.js";

const DEGREE = Math.PI / 180;
/** The limits of a head's motion: their corners, with the hair at the end of its swing and the chest full. */
const YAW = 8 * DEGREE;
const PITCH = 6 * DEGREE;
const ROLL = 5 * DEGREE;
const CORNERS: readonly Partial<FacePose>[] = [-1, 1].flatMap((yaw) =>
  [-1, 1].flatMap((pitch) =>
    [-1, 1].map((roll) => ({
      headYaw: yaw * YAW,
      headPitch: pitch * PITCH,
      headRoll: roll * ROLL,
      headX: 0.05 * yaw,
      headY: 0.03 * pitch,
      bodyRoll: -0.01 * roll,
      hairX: -0.06 * yaw,
      hairY: 0.04 * pitch,
      breath: 1,
    })),
  ),
);

type Surfaces = SceneLattices & { readonly memory: ArrayBuffer; readonly context: LatticeContext };

async function surfacesOf(rig: Rig, photo: Photo): Promise<Surfaces> {
  const framing = planFraming(rig, photo, { resolution: "360p", aspectRatio: "1:1", fit: null });
  const memory = new ArrayBuffer(8_000_000);
  const arena = new Arena(memory);
  const plate = await createPlate(photo, framing, 24, arena, () => undefined);
  const measures = measureDistances(rig);
  const context = { rig, measures, plate, arena, personWeight: createPersonWeight(rig) };
  return { ...createSceneLattices(context, framing), memory, context };
}

/** The smallest Jacobian of both surfaces in a pose. */
function leastAreaIn({ picture, face, skip, memory, context }: Surfaces, pose: Partial<FacePose>): number {
  const { rig, measures, plate } = context;
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  const motion = new HeadMotion(
    rig.head,
    scaleX,
    scaleY,
    offsetX - plate.margin,
    offsetY - plate.margin,
    rig.angles,
  );
  const whole = { ...CURVES, ...pose };
  motion.set(whole, 1);
  const state = createFaceState(rig.mouth);
  updateFaceState(state, whole, rig.mouth, restJaw(rig.mouth), 1);
  new LipController(rig, measures).solve(state);
  picture.update(motion, null, 8, 0, 0);
  face.update(motion, state, 8, 0, 0);
  const { columns, restX, restY } = picture.description;
  const distance = measurePersonDistance(rig);
  // Farther from the person than this the still background lies before the surface.
  const isSeen = (vertex: number): boolean => {
    const x = vertex % columns;
    const u = (restX[vertex]! + plate.margin - offsetX) / scaleX;
    const v = (restY[vertex]! + plate.margin - offsetY) / scaleY;
    const isInside = u >= 0 && v >= 0 && u < rig.width && v < rig.height;
    return isInside && skip[((vertex - x) / columns) * (columns - 1) + x] === 0 && distance(u, v) < 0.18;
  };
  return Math.min(
    smallestJacobian(picture, memory, 8, isSeen),
    smallestJacobian(face, memory, 8, () => true),
  );
}

describe("the surfaces of a drawn head", () => {
  let surfaces: Surfaces;
  beforeAll(async () => {
    const { rig, photo } = drawRig();
    surfaces = await surfacesOf(rig, photo);
  });

  it("are flat at rest", () => {
    expect(leastAreaIn(surfaces, {})).toBeGreaterThan(0.99);
  });

  it("never fold over, whichever way the head turns as far as it can", () => {
    for (const pose of CORNERS) expect(leastAreaIn(surfaces, pose)).toBeGreaterThan(0.1);
  });

  it("would be seen to fold over", () => {
    expect(leastAreaIn(surfaces, { headYaw: 1 })).toBeLessThan(0.1);
  });
});

describe.skipIf(testDataDir === null)("the surfaces of real heads", () => {
  it.each([
    "portraits/p07_woman_glasses_threequarter_street.jpg",
    "portraits/p19_man_threequarter_outdoor.jpg",
    "portraits/p20_woman_longhair_openlaugh.jpg",
    "portraits/p12_painting_vangogh_hat.jpg",
  ])("never fold over at the limits: %s", async (file) => {
    const field = ["image_url"];
    const asset = await loadAsset(testFile(file), { field, allowLocalPaths: true });
    const photo = await decodePhoto(asset, { field });
    const surfaces = await surfacesOf(await analysePortrait(photo), photo);
    for (const pose of CORNERS) expect(leastAreaIn(surfaces, pose)).toBeGreaterThan(0.1);
  });
});
