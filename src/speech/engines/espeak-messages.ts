/** How eSpeak NG is to speak a text. */
export type EspeakJob = {
  readonly text: string;
  /** eSpeak's name of the voice, with a variant: `de+f3`. */
  readonly voice: string;
  /** Words a minute; eSpeak's own normal is 175. */
  readonly rate: number;
  /** `[0, 99]`, 50 is the voice's own. */
  readonly pitch: number;
  /** `[0, 99]`, 50 is the voice's own. */
  readonly range: number;
};

/** What eSpeak NG does at a moment of the sound. */
export type EspeakEvent = {
  readonly type: "word" | "phoneme";
  /** Milliseconds. */
  readonly audioMs: number;
  /** Of a word: index of its first character, in code points, from 0. */
  readonly position: number;
  /** Of a phoneme: IPA with stress mark; empty for a pause. */
  readonly ipa: string;
};

/** A text on its way to the process. */
export type EspeakRequest = { readonly id: number; readonly job: EspeakJob };

/** What comes back. Samples are mono, 16 bits. */
export type EspeakReply =
  | {
      readonly id: number;
      readonly samples: Int16Array;
      readonly sampleRate: number;
      readonly events: readonly EspeakEvent[];
    }
  | { readonly id: number; readonly failure: string; readonly isMissing: boolean };
