import { boxBlur } from "../box-blur.js";
import type { Plate } from "../plate.js";
import { colourAt } from "./colour-grid.js";
import type { Light } from "./light.js";

/** Width of the rim that the light reaches, as a share of the frame's height. */
const RIM = 0.016;
/** Share of the light at the very edge, before black and before white. */
const STRENGTH = { dark: 0.12, bright: 0.42 } as const;

/**
 * Lets the light of a new background spill over the edge of the person, as it does in a lens and on hair and cloth:
 * screened into their colours, most at the outline and fading within a thin rim inside.
 *
 * @param rgb - the plate's colours, changed in place
 * @param alpha - the person's coverage
 */
export function wrapLight(
  rgb: Uint8Array,
  alpha: Uint8Array,
  { width, height, margin }: Pick<Plate, "width" | "height" | "margin">,
  light: Light,
): void {
  const rim = RIM * (height - 2 * margin);
  // Two box blurs of this radius reach as far as the rim.
  const radius = Math.max(1, Math.round(rim / 2));
  const open = Float32Array.from(alpha, (value) => 1 - value / 255);
  const spill = boxBlur(boxBlur(open, width, height, radius), width, height, radius);
  const colour = new Float32Array(3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (alpha[i] === 0 || spill[i]! < 1e-3) continue;
      colourAt(light, x - margin + 0.5, y - margin + 0.5, colour);
      // Half of what surrounds a place on a straight edge is open: a lock of hair that is all edge takes no more.
      const near = Math.min(1, 2 * spill[i]!);
      const bright = (0.2126 * colour[0]! + 0.7152 * colour[1]! + 0.0722 * colour[2]!) / 255;
      const share = near * near * (STRENGTH.dark + (STRENGTH.bright - STRENGTH.dark) * bright);
      for (let c = 0; c < 3; c++) {
        const own = rgb[i * 3 + c]!;
        rgb[i * 3 + c] = own + (share * colour[c]! * (255 - own)) / 255 + 0.5;
      }
    }
  }
}
