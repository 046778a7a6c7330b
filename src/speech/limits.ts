/** The longest prompt that is accepted, in characters (UTF-16 code units), as on the hosted model. */
export const MAX_PROMPT_LENGTH = 5_000;
/** The longest sound that is animated, seconds. */
export const MAX_SPEECH_DURATION = 600;
/** The shortest recording that is animated, seconds. */
export const MIN_RECORDING_DURATION = 0.1;
/** Silence before the first sound and after the last, seconds: the mouth opens and closes in it. */
export const LEAD_IN = 0.15;
export const TAIL = 0.25;
/** The longest single `<break>` and the longest sum of all breaks of a prompt, seconds. */
export const MAX_BREAK = 10;
export const MAX_TOTAL_BREAK = 60;
/** How long a living portrait lasts, seconds. */
export const LIVING_PORTRAIT_DURATION = 5;
