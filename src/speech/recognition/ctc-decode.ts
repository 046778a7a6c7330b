import type { Vocabulary } from "./vocabulary.js";

/** The likeliest label of every frame, and how likely it is. */
export type FrameLabels = {
  readonly labels: Int32Array;
  /** In [0, 1]. */
  readonly confidences: Float32Array;
};

/** A word that was heard. */
export type RecognisedWord = {
  /** Lower case. */
  readonly text: string;
  /** Seconds from the start of the recording. */
  readonly start: number;
  readonly end: number;
  /** Mean of its characters', in [0, 1]. Below about one half it is rather a guess. */
  readonly confidence: number;
};

/** The models answer 50 times a second. */
export const FRAME_SECONDS = 0.02;
/**
 * A character shows up where its sound is clearest, so the last one of a word comes before the word's end. The mark
 * between two words comes near that end; farther off it belongs to a pause.
 */
const LONGEST_TAIL_FRAMES = 10;
/** Two characters farther apart belong to two words, whether there is a mark between them or not. */
const LONGEST_GAP_FRAMES = 50;

type Letters = { text: string; first: number; last: number; sum: number; count: number };

/**
 * Words of a sequence of labels: repeated labels are one, blanks are nothing, boundaries end words.
 *
 * @param forced - frames before which a word ends although the labels do not say so
 */
export function decodeWords(
  { labels, confidences }: FrameLabels,
  { characters, blank, boundary }: Vocabulary,
  forced: ReadonlySet<number> = new Set(),
): RecognisedWord[] {
  const words: RecognisedWord[] = [];
  let word: Letters | null = null;
  let previous = blank;
  const finish = (until: number): void => {
    if (word !== null) words.push(toWord(word, until));
    word = null;
  };
  for (let frame = 0; frame < labels.length; frame++) {
    const label = labels[frame]!;
    if (forced.has(frame)) {
      finish(frame);
      previous = blank;
    }
    const character = characters[label] ?? "";
    if (label === boundary) finish(frame);
    else if (character !== "") {
      // Narrowing does not see through the closure above.
      let open: Letters | null = word as Letters | null;
      if (open !== null && frame - open.last > LONGEST_GAP_FRAMES) {
        finish(frame);
        open = null;
      }
      open ??= { text: "", first: frame, last: frame, sum: 0, count: 0 };
      if (label !== previous) {
        open.text += character;
        open.sum += confidences[frame]!;
        open.count++;
      }
      open.last = frame;
      word = open;
    }
    previous = label;
  }
  finish(labels.length);
  return words;
}

function toWord({ text, first, last, sum, count }: Letters, until: number): RecognisedWord {
  const tail = until - last - 1;
  const end = tail <= LONGEST_TAIL_FRAMES ? until : last + 1;
  return {
    text: text.toLowerCase(),
    start: first * FRAME_SECONDS,
    end: end * FRAME_SECONDS,
    confidence: sum / count,
  };
}
