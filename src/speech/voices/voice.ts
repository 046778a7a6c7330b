/** Where a voice can be taken from. */
export type VoiceSource = {
  readonly engine: "flite" | "espeak" | "piper" | "kokoro";
  /** Id of the installed model, for piper and kokoro. */
  readonly model?: string;
  /** The engine's own name of the speaker: "slt", "en-us+f3", "0", "af_heart". */
  readonly speaker: string;
  /** Mean pitch, hertz; the speaker's own where absent. */
  readonly pitchHz?: number;
  /** Spread of the pitch, hertz; the speaker's own where absent. */
  readonly pitchSpreadHz?: number;
  /** Duration factor, > 1 is slower; 1 where absent. */
  readonly stretch?: number;
  /** Scale of the formants, > 1 is a shorter vocal tract; 1 where absent. */
  readonly formantRatio?: number;
};

/** A voice by the name that a request uses. */
export type VoiceEntry = {
  /** As published; some end in a space. */
  readonly name: string;
  readonly gender: "female" | "male";
  readonly age: "young" | "middle" | "old";
  /** One or two words: "calm narrator". */
  readonly style: string;
  /** BCP 47. */
  readonly language: string;
  /** Best first; the first whose engine and model are installed speaks. The last is always flite. */
  readonly sources: readonly VoiceSource[];
};

/**
 * The source that speaks a name now.
 *
 * @param isAvailable - whether a source's engine and model can be used; flite always can and is not asked about
 */
export function chooseSource(entry: VoiceEntry, isAvailable: (source: VoiceSource) => boolean): VoiceSource {
  const last = entry.sources.at(-1) as VoiceSource;
  return entry.sources.find((source) => source.engine === "flite" || isAvailable(source)) ?? last;
}
