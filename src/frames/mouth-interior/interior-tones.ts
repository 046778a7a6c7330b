import type { Rgb, Tones } from "../../portrait/index.js";
import { clamp, lerp } from "../../shared/numeric.js";
import { pow } from "../../shared/portable-math.js";

/** The colours of everything inside the mouth, in the light and the saturation of the photo; sRGB `[0, 255]`. */
export type InteriorTones = {
  readonly tooth: Rgb;
  /** Relative change of a tooth's colour towards the gum, and at the translucent biting edge. */
  readonly toothWarm: Rgb;
  readonly toothCool: Rgb;
  /** Added by a highlight at full strength on teeth, and on the wet tongue. */
  readonly gloss: Rgb;
  readonly wet: Rgb;
  readonly gum: Rgb;
  readonly tongue: Rgb;
  /** Cavity just behind the upper teeth, and where more light falls. */
  readonly cavity: Rgb;
  readonly cavityDeep: Rgb;
  /** Factor of full lip protrusion on what lies behind. */
  readonly protruded: Rgb;
  /** Share of the shade that light bounced off the lips fills in again: shade in a mouth is red, never grey. */
  readonly bounce: Rgb;
  /** Brightness of the picture's right cheek relative to the left, `[-.3, .3]`. */
  readonly sideLight: number;
  /** How plainly the mouth is drawn: 0 as in a photo, 1 as in a cartoon, one white band over one dark red. */
  readonly plainness: number;
};

/** BT.709 luma. */
export function luma(colour: Rgb): number {
  return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
}

const scale = (colour: Rgb, k: number): Rgb => [colour[0] * k, colour[1] * k, colour[2] * k];
const times = (a: Rgb, b: Rgb): Rgb => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
const mix = (a: Rgb, b: Rgb, t: number): Rgb => [
  lerp(a[0], b[0], t),
  lerp(a[1], b[1], t),
  lerp(a[2], b[2], t),
];

/** A colour divided by its luma; neutral for black. */
function chroma(colour: Rgb): Rgb {
  const y = luma(colour);
  return y < 1 ? [1, 1, 1] : scale(colour, 1 / y);
}

/** Teeth of a cartoon. */
const PAPER: Rgb = [250, 248, 243];

/**
 * Derives the interior's colours from those measured on the face.
 *
 * @param plainness - see {@link InteriorTones}
 */
export function interiorTones(tones: Tones, plainness = 0): InteriorTones {
  const cheek = mix(tones.cheekLeft, tones.cheekRight, 0.5);
  const saturation = clamp(tones.saturation, 0, 1.15);
  // A monochrome picture may be toned: its skin tells the hue that everything shares.
  const monochrome = chroma(cheek);
  const inPicture = (colour: Rgb): Rgb => {
    const grey = scale(monochrome, luma(colour));
    return mix(grey, colour, saturation).map((v) => clamp(v, 0, 255)) as unknown as Rgb;
  };
  const relative = (change: Rgb): Rgb => {
    const level = luma(change);
    return mix([level, level, level], change, Math.min(1, saturation));
  };

  const white = toothWhite(tones);
  const lip = mouthRed(tones.lip, white);
  const tongue = mix(times(white, [0.82, 0.5, 0.51]), lip, 0.35);
  const left = luma(tones.cheekLeft) + 4;
  const right = luma(tones.cheekRight) + 4;
  return {
    tooth: inPicture(mix(white, PAPER, 0.75 * plainness)),
    toothWarm: relative([-0.005, -0.05, -0.15]),
    toothCool: relative([-0.05, -0.025, 0.015]),
    gloss: inPicture(scale(white, 0.13)),
    wet: inPicture(scale(mix(white, [luma(white), luma(white), luma(white)], 0.5), 0.62)),
    gum: inPicture(mix(times(white, [0.83, 0.52, 0.5]), lip, 0.45)),
    tongue: inPicture(tongue),
    cavity: inPicture([lip[0] * 0.36 + 6, lip[1] * 0.18 + 5, lip[2] * 0.18 + 5]),
    cavityDeep: inPicture([lip[0] * 0.58 + 5, lip[1] * 0.32 + 4, lip[2] * 0.31 + 4]),
    protruded: relative([0.82, 0.7, 0.66]),
    bounce: relative([0.26, 0.06, 0.03]),
    sideLight: (1 - plainness) * clamp((right - left) / (right + left), -0.3, 0.3),
    plainness,
  };
}

/** Brightest that enamel of our own may be: it lies in shade and must never outshine the face. */
const WHITEST = 226;

/**
 * The brightest enamel. On eleven smiling portraits it lay within 15 levels of `255 (cheek / 255)^.55`; the white
 * of the eye tells the hue of the light and corrects the level, lips in deep shade keep the teeth in it.
 */
function toothWhite(tones: Tones): Rgb {
  if (tones.tooth !== null) {
    return scale(limitHue(chroma(tones.tooth), 0.9, 1.3, 1.12), Math.min(240, luma(tones.tooth)));
  }
  const cheek = mix(tones.cheekLeft, tones.cheekRight, 0.5);
  const fromCheek = 255 * pow(luma(cheek) / 255, 0.55);
  const fromEye = clamp(1.08 * luma(tones.sclera), 0.82 * fromCheek, 1.4 * fromCheek);
  const level = Math.min(lerp(fromCheek, fromEye, 0.4), WHITEST, 60 + 2 * luma(tones.lip));
  // Shaded eyes are coloured by the skin around them: only part of their hue is the light's.
  const light = mix([1, 1, 1], mix(chroma(tones.sclera), chroma(cheek), 0.14), 0.62);
  return scale(limitHue(times(light, [1.025, 1, 0.94]), 1, 1.18, 0.985), level);
}

/** Keeps a hue between clean white and candle light, at unit luma; what is redder must be yellower, not pink. */
function limitHue(hue: Rgb, leastRed: number, mostRed: number, mostBlue: number): Rgb {
  const green = Math.max(hue[1], 1e-3);
  const red = clamp(hue[0] / green, leastRed, mostRed);
  const blue = clamp(hue[2] / green, 0.55, Math.min(mostBlue, mostBlue + 0.02 - 0.9 * (red - 1)));
  return chroma([100 * red, 100, 100 * blue]);
}

/** The lip's colour without make-up, dark pigment or glare: mucosa is red in everyone. */
function mouthRed(lip: Rgb, white: Rgb): Rgb {
  const natural = times(white, [0.78, 0.46, 0.44]);
  const level = clamp(luma(lip), 0.6 * luma(natural), 1.25 * luma(natural));
  return mix(scale(chroma(lip), level), natural, 0.5);
}
