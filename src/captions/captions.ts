/** A word of a caption, as written. `[start, end)` in seconds: when it is said. */
export type CaptionWord = {
  /** With its marks; without spaces at either end. */
  readonly text: string;
  /** What stands between it and the word before it on the same line. */
  readonly gap: "" | " ";
  readonly start: number;
  readonly end: number;
};

/** One line of a caption, at least one word. */
export type CaptionLine = {
  /** The words, joined by their gaps. */
  readonly text: string;
  readonly words: readonly CaptionWord[];
};

/** What is shown at one time, `[start, end)` in seconds. */
export type Cue = {
  readonly start: number;
  readonly end: number;
  /** Which way its sentence is read, by the first letter that has a direction. */
  readonly direction: "ltr" | "rtl";
  /** One or two, in reading order. */
  readonly lines: readonly CaptionLine[];
};

/** The captions of a video. Plain data: cues are ordered and do not overlap; their times lie on the frames of the video. */
export type Captions = {
  readonly cues: readonly Cue[];
  /** Why there are none, where words are missing, and what to do about it. */
  readonly warnings: readonly string[];
};

/** Text of a line: its words, joined by their gaps. */
export function lineOf(words: readonly CaptionWord[]): CaptionLine {
  return { text: words.map(({ text, gap }, i) => (i === 0 ? text : gap + text)).join(""), words };
}
