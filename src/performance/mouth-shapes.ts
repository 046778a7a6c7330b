import type { VisemeName } from "./performance.js";

const DEGREE = Math.PI / 180;

/** A target of the mouth: the same quantities and units as the curves of the same name. */
export type MouthShape = {
  readonly lipGap: number;
  readonly jaw: number;
  readonly mouthWidth: number;
  readonly protrusion: number;
  readonly round: number;
  readonly lowerLipRoll: number;
  readonly upperLipLift: number;
  readonly tongueUp: number;
  readonly tongueOut: number;
};

/**
 * How a sound uses the mouth, which decides how strongly it defends its shape against its neighbours:
 * `seal` closes the lips (p b m), `bite` sets the lower lip to the upper teeth (f v), `tongue` leaves the
 * lips to the neighbours (t d n l k g …), `hiss` needs a narrow jaw (s z), `pout` also pushes the lips
 * forward (sh zh ch jh), `glide` is w, `palatal` y, `breath` h.
 */
export type Manner =
  | "vowel"
  | "seal"
  | "bite"
  | "dental"
  | "tongue"
  | "hiss"
  | "pout"
  | "rhotic"
  | "glide"
  | "palatal"
  | "breath";

/** What the mouth does for one phoneme. Diphthongs have a second shape. */
export type PhonemeMouth = {
  readonly viseme: VisemeName;
  readonly manner: Manner;
  readonly shape: MouthShape;
  /** Lip compression of a `seal`, `[0, 1]`. */
  readonly press: number;
  /** Nasals may keep the lips closed throughout. */
  readonly nasal: boolean;
  /** True for sounds whose lip rounding spreads over the neighbours (JALI: lip-heavy). */
  readonly lipHeavy: boolean;
  readonly glideTo: { readonly viseme: VisemeName; readonly shape: MouthShape } | null;
};

/** The mouth at rest: as in the photo. */
export const REST_SHAPE: MouthShape = {
  lipGap: 0,
  jaw: 0,
  mouthWidth: 1,
  protrusion: 0,
  round: 0,
  lowerLipRoll: 0,
  upperLipLift: 0.2,
  tongueUp: 0,
  tongueOut: 0,
};

function shape(
  lipGap: number,
  jawDegrees: number,
  mouthWidth: number,
  extra: Partial<MouthShape> = {},
): MouthShape {
  return { ...REST_SHAPE, lipGap, jaw: jawDegrees * DEGREE, mouthWidth, ...extra };
}

// Citation-form targets, tuned on rendered portraits; running speech scales gap and jaw down.
const AA = shape(0.24, 11, 0.97);
const AE = shape(0.2, 9.5, 1.05, { upperLipLift: 0.24 });
const AH = shape(0.16, 7.5, 0.99);
const AX = shape(0.11, 5, 1);
const AO = shape(0.2, 9.5, 0.86, { protrusion: 0.5, round: 0.65 });
const E = shape(0.145, 6.5, 1.06, { upperLipLift: 0.24 });
const IH = shape(0.1, 4.5, 1.06, { upperLipLift: 0.3 });
const I = shape(0.085, 3.5, 1.1, { upperLipLift: 0.35 });
const O = shape(0.155, 8, 0.82, { protrusion: 0.8, round: 0.9 });
const UH = shape(0.09, 4.5, 0.84, { protrusion: 0.6, round: 0.55 });
const U = shape(0.07, 3.5, 0.73, { protrusion: 1, round: 0.8 });
const ER = shape(0.085, 4, 0.88, { protrusion: 0.5, round: 0.3, tongueUp: 0.4 });
const PP = shape(0, 1, 0.98, { upperLipLift: 0.2 });
const FF = shape(0.032, 2.5, 0.98, { lowerLipRoll: 0.75, upperLipLift: 0.75 });
const TH = shape(0.075, 4, 1, { tongueOut: 1, upperLipLift: 0.3 });
const DD = shape(0.06, 3.3, 1, { tongueUp: 0.7 });
const NN = shape(0.055, 3, 1, { tongueUp: 0.7 });
const L = shape(0.075, 4, 1, { tongueUp: 0.9 });
const KK = shape(0.075, 4.5, 0.98);
const SS = shape(0.042, 1.5, 1.05, { upperLipLift: 0.4 });
const CH = shape(0.06, 2.2, 0.86, { protrusion: 0.8, round: 0.35, upperLipLift: 0.45 });
const RR = shape(0.065, 3.3, 0.88, { protrusion: 0.6, round: 0.3 });
const W = shape(0.035, 2.2, 0.73, { protrusion: 1, round: 0.8 });
const Y = shape(0.06, 2.8, 1.07, { upperLipLift: 0.3 });
const HH = shape(0.08, 4, 1);

type Options = Partial<Omit<PhonemeMouth, "viseme" | "manner" | "shape">>;

function mouth(viseme: VisemeName, manner: Manner, target: MouthShape, options: Options = {}): PhonemeMouth {
  return {
    viseme,
    manner,
    shape: target,
    press: 0,
    nasal: false,
    lipHeavy: false,
    glideTo: null,
    ...options,
  };
}

const PHONEME_MOUTHS: ReadonlyMap<string, PhonemeMouth> = new Map(
  Object.entries({
    aa: mouth("aa", "vowel", AA),
    ae: mouth("aa", "vowel", AE),
    ah: mouth("aa", "vowel", AH),
    ax: mouth("aa", "vowel", AX),
    ao: mouth("O", "vowel", AO),
    eh: mouth("E", "vowel", E),
    er: mouth("RR", "vowel", ER),
    axr: mouth("RR", "vowel", ER),
    ih: mouth("I", "vowel", IH),
    ix: mouth("I", "vowel", IH),
    iy: mouth("I", "vowel", I),
    uh: mouth("U", "vowel", UH, { lipHeavy: true }),
    uw: mouth("U", "vowel", U, { lipHeavy: true }),
    ux: mouth("U", "vowel", U, { lipHeavy: true }),
    ow: mouth("O", "vowel", O, { lipHeavy: true, glideTo: { viseme: "U", shape: U } }),
    ay: mouth("aa", "vowel", AA, { glideTo: { viseme: "I", shape: IH } }),
    aw: mouth("aa", "vowel", AA, { glideTo: { viseme: "U", shape: UH } }),
    ey: mouth("E", "vowel", E, { glideTo: { viseme: "I", shape: I } }),
    oy: mouth("O", "vowel", O, { glideTo: { viseme: "I", shape: IH } }),
    p: mouth("PP", "seal", PP, { press: 1 }),
    b: mouth("PP", "seal", PP, { press: 0.8 }),
    m: mouth("PP", "seal", PP, { press: 0.55, nasal: true }),
    em: mouth("PP", "seal", PP, { press: 0.55, nasal: true }),
    f: mouth("FF", "bite", FF),
    v: mouth("FF", "bite", FF),
    th: mouth("TH", "dental", TH),
    dh: mouth("TH", "dental", { ...TH, tongueOut: 0.75 }),
    t: mouth("DD", "tongue", DD),
    d: mouth("DD", "tongue", DD),
    dx: mouth("DD", "tongue", DD),
    n: mouth("nn", "tongue", NN, { nasal: true }),
    en: mouth("nn", "tongue", NN, { nasal: true }),
    nx: mouth("nn", "tongue", NN, { nasal: true }),
    l: mouth("nn", "tongue", L),
    el: mouth("nn", "tongue", L),
    k: mouth("kk", "tongue", KK),
    g: mouth("kk", "tongue", KK),
    ng: mouth("kk", "tongue", KK, { nasal: true }),
    eng: mouth("kk", "tongue", KK, { nasal: true }),
    q: mouth("kk", "breath", HH),
    s: mouth("SS", "hiss", SS),
    z: mouth("SS", "hiss", SS),
    sh: mouth("CH", "pout", CH, { lipHeavy: true }),
    zh: mouth("CH", "pout", CH, { lipHeavy: true }),
    ch: mouth("CH", "pout", CH, { lipHeavy: true }),
    jh: mouth("CH", "pout", CH, { lipHeavy: true }),
    r: mouth("RR", "rhotic", RR),
    w: mouth("U", "glide", W, { lipHeavy: true }),
    wh: mouth("U", "glide", W, { lipHeavy: true }),
    y: mouth("I", "palatal", Y),
    hh: mouth("kk", "breath", HH),
    hv: mouth("kk", "breath", HH),
  }),
);

const UNKNOWN_MOUTH = mouth("kk", "tongue", KK);

/** What the mouth does for an ARPAbet phoneme; an unknown symbol counts as an open consonant. */
export function mouthOf(symbol: string): PhonemeMouth {
  return PHONEME_MOUTHS.get(symbol) ?? UNKNOWN_MOUTH;
}

/** True for silence. */
export function isPause(symbol: string): boolean {
  return symbol === "pau" || symbol === "sil" || symbol === "ssil" || symbol === "h#" || symbol === "";
}

/** True for the nucleus of a syllable. */
export function isVowel(symbol: string): boolean {
  return !isPause(symbol) && mouthOf(symbol).manner === "vowel";
}
