import sharp from "sharp";
import type { Photo } from "../../assets/index.js";
import type { Rig } from "../../portrait/index.js";
import { clamp } from "../../shared/numeric.js";
import type { Rectangle } from "../continue-photo.js";
import type { PlateCutOut } from "../plate.js";
import { cleanSurroundings } from "./clean-surroundings.js";
import { continuePerson } from "./continue-person.js";
import type { Light } from "./light.js";
import { wrapLight } from "./light-wrap.js";

const CHIN = 152;
/** Coverage within so many steps of 0 and of 255 is nothing and all: what is neither has to be blended in every frame. */
const SNAP = 4;

/**
 * Keeps only the person of a photo, whom its alpha cuts out, and sets them into a new light.
 *
 * @param margin - the plate's, pixels
 * @param light - that of the new background; null without one
 */
export function createCutOut(photo: Photo, rig: Rig, margin: number, light: Light | null): PlateCutOut {
  let known: { readonly alpha: Uint8Array; readonly target: Rectangle } | null = null;
  return {
    async clean(scaled, source, target) {
      const alpha = await scaleAlpha(photo, source, target);
      cleanSurroundings(scaled, alpha, target.width, target.height);
      known = { alpha, target };
    },
    finish(rgb, width, height, placement) {
      const alpha = new Uint8Array(width * height);
      const { target, alpha: scaled } = known!;
      const left = Math.max(0, target.left);
      const right = Math.min(width, target.left + target.width);
      for (let y = Math.max(0, target.top); y < Math.min(height, target.top + target.height); y++) {
        const from = (y - target.top) * target.width + left - target.left;
        alpha.set(scaled.subarray(from, from + right - left), y * width + left);
      }
      continuePerson({ alpha, rgb, width, height }, target, {
        centreX: rig.landmarks[CHIN * 3]! * placement.scaleX + placement.offsetX,
        chinY: rig.landmarks[CHIN * 3 + 1]! * placement.scaleY + placement.offsetY,
        eyeDistance: rig.head.eyeDistance * placement.scaleY,
        scale: placement.scaleY,
      });
      if (light !== null) wrapLight(rgb, alpha, { width, height, margin }, light);
      return alpha;
    },
  };
}

/** A cubic rings less than the colours' kernel: around a hard edge that would show as a second, faint one. */
async function scaleAlpha(photo: Photo, source: Rectangle, target: Rectangle): Promise<Uint8Array> {
  if (photo.alpha === null) return new Uint8Array(target.width * target.height).fill(255);
  const scaled = await sharp(photo.alpha, { raw: { width: photo.width, height: photo.height, channels: 1 } })
    .extract(source)
    .resize(target.width, target.height, { fit: "fill", kernel: "cubic" })
    .extractChannel(0)
    .raw()
    .toBuffer();
  return Uint8Array.from(scaled, (value) => clamp(((value - SNAP) * 255) / (255 - 2 * SNAP) + 0.5, 0, 255));
}
