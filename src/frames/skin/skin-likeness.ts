import { clamp, lerp, smoothstep } from "../../shared/numeric.js";
import type { LatticeContext } from "../apertures/edge-lattice.js";
import { toYuv } from "../to-yuv.js";
import { blur, type SkinGrid, type SkinView } from "./skin-grid.js";

/** Chroma of skin relative to its light, below which hue tells nothing. */
const GREYEST_SKIN = 0.06;

type Shade = { readonly light: number; readonly u: number; readonly v: number };

function shadeOf(colour: readonly [number, number, number]): Shade {
  const [y, u, v] = toYuv(colour);
  return { light: Math.max(4, y - 16), u: u - 128, v: v - 128 };
}

/** Light of both cheeks. */
export function cheekLight({ tones }: LatticeContext["rig"]): number {
  return (shadeOf(tones.cheekLeft).light + shadeOf(tones.cheekRight).light) / 2;
}

/**
 * How much of its side's cheek's hue each node has for its light, about 1 on skin, in `[-1, 1]`; 1 in grey pictures and in
 * deep shade, which have no hue worth the name.
 */
export function hueLikeness({ rig, measures }: LatticeContext, grid: SkinGrid, view: SkinView): Float32Array {
  const light = cheekLight(rig);
  const hues = [rig.tones.cheekLeft, rig.tones.cheekRight].map((colour) => {
    const shade = shadeOf(colour);
    const u = shade.u / shade.light;
    const v = shade.v / shade.light;
    return { u, v, strength: u * u + v * v };
  });
  return view.light.map((own, i) => {
    const { u, v, strength } = hues[grid.x[i]! < measures.mouthX ? 0 : 1]!;
    if (strength < GREYEST_SKIN * GREYEST_SKIN) return 1;
    const likeness = clamp((view.u[i]! * u + view.v[i]! * v) / (Math.max(8, own) * strength), -1, 1);
    return lerp(1, likeness, smoothstep(0.35, 0.6, own / light));
  });
}

/** Tells whether a node lies on a dark spectacle rim. */
export function rimOn({ rig, plate }: LatticeContext, grid: SkinGrid): (node: number) => boolean {
  const mask = rig.glasses;
  if (mask === null) return () => false;
  const { scaleX, scaleY, offsetX, offsetY } = plate.placement;
  return (node) => {
    const px = grid.x0 + (node % grid.columns) * grid.step;
    const py = grid.y0 + Math.floor(node / grid.columns) * grid.step;
    const x = Math.round((px - offsetX) / scaleX - mask.x);
    const y = Math.round((py - offsetY) / scaleY - mask.y);
    return x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.data[y * mask.width + x]! > 20;
  };
}

/** 1 where a node shows bare skin in about the cheeks' light, 0 on hair, brows, hats, rims and background. */
export function bareSkin(context: LatticeContext, grid: SkinGrid, view: SkinView): Float32Array {
  const cheek = cheekLight(context.rig);
  const hue = hueLikeness(context, grid, view);
  const isRim = rimOn(context, grid);
  const own = view.light.map((light, i) => {
    if (isRim(i)) return 0;
    return smoothstep(0.4, 0.62, light / cheek) * smoothstep(0.35, 0.65, hue[i]!);
  });
  // Single dark pores and lines are skin, single bright strands of hair are not.
  return blur(own, grid.columns, grid.rows, 0.025 * grid.density).map((share) =>
    smoothstep(0.6, 0.95, share),
  );
}
