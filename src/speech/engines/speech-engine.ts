/** What an engine is asked to say: one sentence, already in plain words. */
export type EngineSentence = {
  /** Words separated by single spaces; a word may end in `,` `.` `?` or `!`. */
  readonly text: string;
  /** Pronunciations that override the engine's own, lower-case ARPAbet with stress digit on vowels. */
  readonly pronunciations: ReadonlyMap<string, readonly string[]>;
  /** BCP 47 tag of what the text is written in: `en-US`, `de`. */
  readonly language: string;
};

/** How an engine is to sound. */
export type EngineVoice = {
  /** The engine's own name of the speaker. */
  readonly speaker: string;
  /** Mean pitch, hertz; the speaker's own where absent. */
  readonly pitchHz?: number;
  /** Spread of the pitch, hertz; the speaker's own where absent. */
  readonly pitchSpreadHz?: number;
  /** Duration factor: 1 as the speaker talks, 1.1 is slower. */
  readonly stretch?: number;
  /** Scale of the formants: 1 as the speaker is, 1.1 for a vocal tract that is a tenth shorter. */
  readonly formantRatio?: number;
};

/** A sound of an {@link EngineSentence}. */
export type EnginePhone = {
  /** Lower-case ARPAbet without stress digit, or `pau`. */
  readonly symbol: string;
  /** Seconds from the start of the samples, `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Lexical stress of the syllable's vowel. */
  readonly stress: 0 | 1 | 2;
  /** Which space-separated word of the text it belongs to; -1 for pauses. */
  readonly token: number;
};

/** One spoken sentence. Phones are ordered and cover the samples without gaps. */
export type EngineUtterance = {
  /** Mono, `[-1, 1]`. */
  readonly samples: Float32Array;
  /** Hertz. */
  readonly sampleRate: number;
  readonly phones: readonly EnginePhone[];
};

/** A speech synthesiser. One object may speak many sentences, one at a time. */
export type SpeechEngine = {
  readonly name: string;
  /**
   * Speaks one sentence.
   *
   * @throws CancelledError when the signal fires.
   * @throws DeadlineError when the engine takes longer than it may.
   * @throws EngineError when the engine fails.
   */
  speak(sentence: EngineSentence, voice: EngineVoice, signal?: AbortSignal): Promise<EngineUtterance>;
  /** Ends the engine's thread or process. Calls after this are refused. */
  close(): Promise<void>;
};
