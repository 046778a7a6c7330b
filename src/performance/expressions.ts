/** What an expression adds to the face, in the units of the curves. */
export type ExpressionOffsets = {
  readonly smile: number;
  /** Raise of both brows, and what the picture's right brow adds to it. */
  readonly brow: number;
  readonly browRightExtra: number;
  readonly knit: number;
  /** Lid closedness: < 0 is wide-eyed. */
  readonly lid: number;
  readonly squint: number;
  /** Degrees; pitch > 0 looks down, roll > 0 tilts clockwise. */
  readonly pitchDegrees: number;
  readonly rollDegrees: number;
};

const NEUTRAL: ExpressionOffsets = {
  smile: 0,
  brow: 0,
  browRightExtra: 0,
  knit: 0,
  lid: 0,
  squint: 0,
  pitchDegrees: 0,
  rollDegrees: 0,
};

// Modest on purpose: an added smile beyond .4 looks painted on.
const EXPRESSIONS = {
  neutral: {},
  happy: { smile: 0.3, brow: 0.08, squint: 0.22 },
  friendly: { smile: 0.2, brow: 0.06, squint: 0.12, rollDegrees: 0.6 },
  excited: { smile: 0.32, brow: 0.25, lid: -0.08, squint: 0.1, pitchDegrees: -0.6 },
  calm: { smile: 0.08, brow: -0.02, lid: 0.06 },
  confident: { smile: 0.12, brow: 0.02, squint: 0.1, pitchDegrees: -0.8 },
  serious: { smile: -0.06, brow: -0.12, knit: 0.2, squint: 0.05 },
  sad: { smile: -0.22, brow: 0.16, knit: 0.4, lid: 0.12, pitchDegrees: 1 },
  angry: { smile: -0.16, brow: -0.4, knit: 0.6, lid: -0.04, squint: 0.25, pitchDegrees: 0.6 },
  surprised: { smile: 0.04, brow: 0.55, lid: -0.2, pitchDegrees: -0.5 },
  worried: { smile: -0.12, brow: 0.22, knit: 0.5, lid: -0.04 },
  skeptical: { smile: -0.04, brow: -0.05, browRightExtra: 0.4, squint: 0.18, rollDegrees: -1 },
} as const satisfies Record<string, Partial<ExpressionOffsets>>;

/** The expressions that are played; other words have synonyms among them or are ignored with a warning. */
export const EXPRESSION_NAMES = Object.keys(EXPRESSIONS) as readonly (keyof typeof EXPRESSIONS)[];

const SYNONYMS: Readonly<Record<string, keyof typeof EXPRESSIONS>> = {
  default: "neutral",
  none: "neutral",
  normal: "neutral",
  natural: "neutral",
  joy: "happy",
  joyful: "happy",
  cheerful: "happy",
  glad: "happy",
  smile: "happy",
  smiling: "happy",
  warm: "friendly",
  kind: "friendly",
  pleasant: "friendly",
  welcoming: "friendly",
  enthusiastic: "excited",
  energetic: "excited",
  thrilled: "excited",
  relaxed: "calm",
  peaceful: "calm",
  gentle: "calm",
  soothing: "calm",
  proud: "confident",
  assertive: "confident",
  professional: "confident",
  formal: "serious",
  stern: "serious",
  focused: "serious",
  unhappy: "sad",
  sorrowful: "sad",
  melancholic: "sad",
  disappointed: "sad",
  mad: "angry",
  furious: "angry",
  annoyed: "angry",
  upset: "angry",
  surprise: "surprised",
  amazed: "surprised",
  shocked: "surprised",
  astonished: "surprised",
  anxious: "worried",
  concerned: "worried",
  nervous: "worried",
  afraid: "worried",
  fearful: "worried",
  scared: "worried",
  sceptical: "skeptical",
  doubtful: "skeptical",
  curious: "skeptical",
  sadness: "sad",
  happiness: "happy",
  anger: "angry",
  fear: "worried",
};

/**
 * Looks up an expression by its name or a common synonym, in any case.
 *
 * @returns its offsets; neutral and a warning for a word that is not known
 */
export function expressionOf(name: string | null): {
  readonly offsets: ExpressionOffsets;
  readonly warning: string | null;
} {
  const word = (name ?? "neutral").trim().toLowerCase();
  const known = Object.hasOwn(EXPRESSIONS, word)
    ? (word as keyof typeof EXPRESSIONS)
    : Object.hasOwn(SYNONYMS, word)
      ? SYNONYMS[word]!
      : null;
  if (known !== null || word === "") {
    return { offsets: { ...NEUTRAL, ...EXPRESSIONS[known ?? "neutral"] }, warning: null };
  }
  // The word comes from outside: keep the message short and printable.
  const shown = word.replace(/[^\p{L}\p{N} _-]/gu, "?").slice(0, 40);
  return {
    offsets: NEUTRAL,
    warning: `The expression "${shown}" is not known; the face stays neutral. Known: ${EXPRESSION_NAMES.join(", ")}.`,
  };
}
