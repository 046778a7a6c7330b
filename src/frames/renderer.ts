import type { Photo } from "../assets/index.js";
import type { CurveName, FacePose, Performance } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { Canvas } from "./apertures/aperture.js";
import type { LatticeContext } from "./apertures/edge-lattice.js";
import { EyeAperture } from "./apertures/eye-aperture.js";
import { MouthAperture } from "./apertures/mouth-aperture.js";
import { createCutOut } from "./cut-out/cut-out.js";
import { measureLight } from "./cut-out/light.js";
import { createScenery } from "./cut-out/scenery.js";
import { measureDistances } from "./deform/face-measures.js";
import { createFaceState, type FaceState, restJaw, updateFaceState } from "./deform/face-state.js";
import { HeadMotion } from "./deform/head-motion.js";
import { LipController } from "./deform/lip-controller.js";
import { createPersonWeight, type PersonShape } from "./deform/person-weight.js";
import type { Frame, FrameRenderer } from "./frame.js";
import type { Framing } from "./framing.js";
import { cutGlasses, type GlassesCutout, GlassesOverlay } from "./glasses.js";
import { Arena } from "./kernels/arena.js";
import { fillWeightTable, type Kernels, TABLE_SHORTS } from "./kernels/kernels.js";
import { createWasmKernels } from "./kernels/wasm-kernels.js";
import type { NewBackground } from "./new-background.js";
import { createPlate } from "./plate.js";
import { type LayOut, Scene, sceneBytes } from "./scene.js";
import { Skin } from "./skin/skin.js";

/** What a renderer draws. */
export type RendererInput = {
  readonly rig: Rig;
  readonly photo: Photo;
  readonly framing: Framing;
  readonly performance: Performance;
  /** What stands behind the person, whom the photo's alpha then cuts out. @defaultValue what the photo shows there */
  readonly background?: NewBackground;
};

/** Frames that stay valid while later ones are drawn: the encoder's queue. */
const SLOTS = 6;

/** What of a renderer does not depend on what is said. */
export type SceneInput = Omit<RendererInput, "performance">;

/** A portrait that is ready to be drawn. */
export interface PreparedRenderer {
  /** Draws a performance. One at a time: all draw into the same frames. */
  perform(performance: Performance): FrameRenderer;
}

/** Prepares a portrait and draws a performance of it. */
export async function createFrameRenderer(
  { performance, ...scene }: RendererInput,
  createKernels?: (bytes: number) => Promise<Kernels>,
): Promise<FrameRenderer> {
  return (await prepareRenderer(scene, createKernels)).perform(performance);
}

/** Prepares everything about one portrait that does not change from frame to frame: most of a second's work. */
export async function prepareRenderer(
  input: SceneInput,
  createKernels: (bytes: number) => Promise<Kernels> = createWasmKernels,
): Promise<PreparedRenderer> {
  const { rig, photo, framing, background } = input;
  const margin = plateMargin(framing);
  const kernels = await createKernels(sceneBytes(rig, framing, margin, SLOTS, background));
  const arena = new Arena(kernels.memory);
  const table = arena.shorts(TABLE_SHORTS);
  fillWeightTable(table.view);
  const first = background?.type === "film" ? await background.film.frame(0) : null;
  const light = background && measureLight(background, first, framing.width, framing.height);
  let cutout: GlassesCutout | null = null;
  const plate = await createPlate(
    photo,
    framing,
    margin,
    arena,
    (rgb, width, height, placement) => {
      cutout = cutGlasses(rig, rgb, width, height, placement);
    },
    light === undefined ? undefined : createCutOut(photo, rig, margin, light),
  );
  const context: LatticeContext = {
    rig,
    measures: measureDistances(rig),
    plate,
    arena,
    personWeight: createPersonWeight(background ? shapeOf(rig, photo) : rig),
  };
  const glasses = cutout === null ? null : new GlassesOverlay(context, kernels, table.at, cutout);
  const layOut: LayOut | undefined =
    background &&
    ((memory, size) =>
      background.type === "nothing" ? null : createScenery(background, first, memory, size));
  const scene = new Scene(kernels, table.at, context, framing, SLOTS, layOut);
  // Without the photo: its pixels now live on the plate.
  const painter = new PortraitPainter({ rig, framing }, kernels, table.at, context, scene, glasses);
  return { perform: (performance) => rendererOf(painter, performance) };
}

function rendererOf(painter: PortraitPainter, performance: Performance): FrameRenderer {
  const names = Object.keys(performance.curves) as CurveName[];
  const pose = Object.fromEntries(names.map((name) => [name, 0])) as FacePose;
  const { width, height, prepare } = painter;
  return {
    ...{ width, height, slots: SLOTS },
    ...(prepare === null ? {} : { prepare }),
    render(index) {
      for (const name of names) pose[name] = performance.curves[name][index]!;
      return painter.paint(pose, index);
    },
  };
}

/** Who was cut out, instead of whom the rig's coarser matte shows. */
function shapeOf(rig: Rig, { width, height, alpha }: Photo): PersonShape {
  return alpha === null ? rig : { ...rig, matte: { width, height, data: alpha } };
}

/** Width of the border around the frame that movement may bring into view; a multiple of 4. */
export function plateMargin(framing: Framing): number {
  return Math.max(24, Math.round(Math.min(framing.width, framing.height) / 64) * 4);
}

/** Draws one portrait in any pose. */
class PortraitPainter {
  readonly width: number;
  readonly height: number;
  private readonly motion: HeadMotion;
  private readonly state: FaceState;
  private readonly lips: LipController;
  private readonly skin: Skin;
  private readonly mouth: MouthAperture;
  private readonly eyes: readonly [EyeAperture, EyeAperture];
  private readonly jawAtRest: number;
  private drawn = 0;
  /** As that of a {@link FrameRenderer}; null where nothing has to be fetched. */
  readonly prepare: ((frame: number) => Promise<void>) | null;

  constructor(
    private readonly input: Pick<RendererInput, "rig" | "framing">,
    kernels: Kernels,
    table: number,
    context: LatticeContext,
    private readonly scene: Scene,
    private readonly glasses: GlassesOverlay | null,
  ) {
    const { rig, framing } = input;
    this.width = framing.width;
    this.height = framing.height;
    const { placement, margin } = context.plate;
    this.motion = new HeadMotion(
      rig.head,
      placement.scaleX,
      placement.scaleY,
      placement.offsetX - margin,
      placement.offsetY - margin,
      rig.angles,
    );
    this.state = createFaceState(rig.mouth);
    this.jawAtRest = restJaw(rig.mouth);
    this.lips = new LipController(rig, context.measures);
    const { scenery } = scene;
    this.prepare = scenery === null || scenery.isStill ? null : (frame) => scenery.prepare(frame);
    this.skin = new Skin(context, kernels, framing);
    const photoPixel = 1 / rig.head.eyeDistance;
    const videoPixel = photoPixel / placement.scaleY;
    this.mouth = new MouthAperture(context, kernels, table, Math.max(photoPixel, videoPixel));
    this.eyes = [
      new EyeAperture(context, rig.eyes[0], kernels, table),
      new EyeAperture(context, rig.eyes[1], kernels, table),
    ];
  }

  /** @param index - of the frame, for what moves behind the person */
  paint(pose: FacePose, index: number): Frame {
    const { motion, state, lips, scene } = this;
    const { rig } = this.input;
    scene.scenery?.show(index);
    const canvas = scene.canvas(this.drawn++ % SLOTS);
    motion.set(pose, 1);
    updateFaceState(state, pose, rig.mouth, this.jawAtRest, rig.confident ? 1 : 0.8);
    lips.solve(state);
    this.skin.update(state);
    scene.draw(canvas, motion, state, this.skin);
    if (mouthMoves(state, rig)) this.mouth.draw(canvas, motion, state, pose, lips);
    // The lids of drawn eyes are not where the landmarks say.
    const lids = rig.confident ? 1 : 0;
    this.drawEye(0, canvas, pose, pose.lidLeft * lids);
    this.drawEye(1, canvas, pose, pose.lidRight * lids);
    this.glasses?.draw(canvas, motion);
    return scene.frame(canvas);
  }

  private drawEye(side: 0 | 1, canvas: Canvas, { gazeX, gazeY }: FacePose, lid: number): void {
    this.eyes[side].draw(canvas, this.motion, this.state, { closed: lid, gazeX, gazeY });
  }
}

/** True when the lips do not simply follow the face. */
function mouthMoves(state: FaceState, rig: Rig): boolean {
  if (Math.abs(state.jaw) > 1e-4 || state.roll > 1e-3 || state.press > 1e-3) return true;
  if (Math.abs(state.gapCentre - (rig.mouth.isOpen ? rig.mouth.gap : 0)) > 5e-4) return true;
  for (let i = 0; i < state.upperOffset.length; i++) {
    if (Math.abs(state.upperOffset[i]!) > 5e-4 || Math.abs(state.lowerOffset[i]!) > 5e-4) return true;
  }
  return false;
}
