/** What an expression adds to the face, in the units of the curves. */
export type ExpressionOffsets = {
  readonly smile: number;
  /** Raise of both brows, and what the picture's right brow adds to it. */
  readonly brow: number;
  readonly browRightExtra: number;
  readonly knit: number;
  /** Raise of the brows' inner ends. */
  readonly inner: number;
  /** Lid closedness: < 0 is wide-eyed. */
  readonly lid: number;
  readonly squint: number;
  /** How much the lips are brought together while nobody speaks, `[0, 1]`: no one is sad with the photo's open smile. */
  readonly composure: number;
  /** Degrees; pitch > 0 looks down, roll > 0 tilts clockwise. */
  readonly pitchDegrees: number;
  readonly rollDegrees: number;
};

/** How an expression changes the way someone moves; all are factors, 1 is neutral. */
export type Manner = {
  /** Size of the head's movements. */
  readonly headSize: number;
  /** How often accents are nodded to. */
  readonly nodding: number;
  /** Blinks per second. */
  readonly blinking: number;
  /** Size of the brows' movements on accents. */
  readonly brows: number;
};

/** How an expression lives: it is never a constant mask. Shares of its full strength, `[0, 1]`. */
export type ExpressionDynamics = {
  /** What remains while nothing happens. */
  readonly hold: number;
  /** What each accent of the voice adds for a moment. */
  readonly accent: number;
  /** What the beginning of each phrase adds for a moment. */
  readonly phrase: number;
  /** Seconds in which the expression first appears. */
  readonly onset: number;
};

/** All that a word such as `happy` changes. */
export type Expression = {
  readonly offsets: ExpressionOffsets;
  readonly manner: Manner;
  readonly dynamics: ExpressionDynamics;
};

type Draft = Partial<ExpressionOffsets & Manner & ExpressionDynamics>;

const NEUTRAL: ExpressionOffsets = {
  smile: 0,
  brow: 0,
  browRightExtra: 0,
  knit: 0,
  inner: 0,
  lid: 0,
  squint: 0,
  composure: 0,
  pitchDegrees: 0,
  rollDegrees: 0,
};
const USUAL_MANNER: Manner = { headSize: 1, nodding: 1, blinking: 1, brows: 1 };
const USUAL_DYNAMICS: ExpressionDynamics = { hold: 0.75, accent: 0.25, phrase: 0.15, onset: 0.6 };

// Modest on purpose: an added smile beyond .4 looks painted on. A smile takes the eyes along (Duchenne).
const EXPRESSIONS = {
  neutral: {},
  happy: { smile: 0.39, brow: 0.12, squint: 0.5, headSize: 1.1, nodding: 1.1, brows: 1.15, hold: 0.9 },
  friendly: { smile: 0.26, brow: 0.1, squint: 0.24, rollDegrees: 1, nodding: 1.15, brows: 1.1 },
  excited: {
    ...{ smile: 0.36, brow: 0.4, lid: -0.12, squint: 0.12, pitchDegrees: -0.8 },
    ...{ headSize: 1.3, nodding: 1.3, blinking: 1.15, brows: 1.35 },
    ...{ hold: 0.62, accent: 0.38, phrase: 0.3, onset: 0.4 },
  },
  calm: {
    ...{ smile: 0.12, brow: -0.04, lid: 0.12, headSize: 0.7, nodding: 0.7, blinking: 0.75, brows: 0.6 },
    ...{ hold: 0.9, accent: 0.05, phrase: 0.05, onset: 0.9 },
  },
  confident: {
    ...{
      smile: 0.16,
      brow: -0.06,
      squint: 0.2,
      pitchDegrees: -1.4,
      headSize: 0.9,
      blinking: 0.75,
      brows: 0.8,
    },
    ...{ hold: 0.85, accent: 0.15, phrase: 0.1 },
  },
  serious: {
    ...{
      composure: 1,
      smile: -0.14,
      brow: -0.3,
      knit: 0.45,
      squint: 0.15,
      headSize: 0.75,
      blinking: 0.8,
      brows: 0.6,
    },
    ...{ hold: 0.8, accent: 0.2 },
  },
  sad: {
    ...{
      composure: 1,
      smile: -0.4,
      brow: -0.02,
      knit: 0.5,
      inner: 0.85,
      lid: 0.2,
      pitchDegrees: 1.8,
      rollDegrees: 0.8,
    },
    ...{ headSize: 0.65, nodding: 0.5, blinking: 0.85, brows: 0.6 },
    ...{ hold: 0.85, accent: 0.12, phrase: 0.05, onset: 0.9 },
  },
  angry: {
    ...{
      composure: 1,
      smile: -0.22,
      brow: -0.55,
      knit: 0.9,
      inner: -0.3,
      lid: -0.08,
      squint: 0.4,
      pitchDegrees: 1.2,
    },
    ...{ headSize: 1.1, nodding: 1.25, blinking: 0.7, brows: 0.4 },
    ...{ hold: 0.68, accent: 0.32, phrase: 0.15, onset: 0.4 },
  },
  surprised: {
    ...{ smile: 0.04, brow: 0.95, lid: -0.3, pitchDegrees: -1, nodding: 0.8, blinking: 0.7 },
    ...{ hold: 0.55, accent: 0.25, phrase: 0.4, onset: 0.32 },
  },
  worried: {
    ...{
      composure: 1,
      smile: -0.2,
      brow: 0.2,
      knit: 0.75,
      inner: 0.6,
      lid: -0.1,
      headSize: 0.9,
      nodding: 0.8,
      blinking: 1.25,
    },
    ...{ hold: 0.78, accent: 0.2, phrase: 0.15 },
  },
  skeptical: {
    ...{ composure: 1, smile: -0.1, brow: -0.24, browRightExtra: 0.8, squint: 0.35, rollDegrees: -1.6 },
    ...{ headSize: 0.9, nodding: 0.7, blinking: 0.85, brows: 0.8 },
    ...{ hold: 0.72, accent: 0.25, phrase: 0.2 },
  },
} as const satisfies Record<string, Draft>;

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
 * @returns what it changes; neutral and a warning for a word that is not known
 */
export function expressionOf(name: string | null): Expression & { readonly warning: string | null } {
  const word = (name ?? "neutral").trim().toLowerCase();
  const known = Object.hasOwn(EXPRESSIONS, word)
    ? (word as keyof typeof EXPRESSIONS)
    : Object.hasOwn(SYNONYMS, word)
      ? SYNONYMS[word]!
      : null;
  if (known !== null || word === "") return { ...complete(EXPRESSIONS[known ?? "neutral"]), warning: null };
  // The word comes from outside: keep the message short and printable.
  const shown = word.replace(/[^\p{L}\p{N} _-]/gu, "?").slice(0, 40);
  return {
    ...complete({}),
    warning: `The expression "${shown}" is not known; the face stays neutral. Known: ${EXPRESSION_NAMES.join(", ")}.`,
  };
}

function complete(draft: Draft): Expression {
  return {
    offsets: pick(NEUTRAL, draft),
    manner: pick(USUAL_MANNER, draft),
    dynamics: pick(USUAL_DYNAMICS, draft),
  };
}

/** The values of `usual`, replaced by those of `draft` where it has them. */
function pick<T extends Record<string, number>>(usual: T, draft: Draft): T {
  const given: Readonly<Record<string, number | undefined>> = draft;
  return Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, given[name] ?? value])) as T;
}
