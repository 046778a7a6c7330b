import type { EngineSet } from "../engines/engine-set.js";
import type { EngineVoice, SpeechEngine } from "../engines/speech-engine.js";
import { type Language, mainLanguage } from "../language/languages.js";
import { isEnglish } from "../language/prompt-language.js";
import { NAMED_VOICES } from "./catalogue.js";
import { espeakVoice } from "./espeak-variants.js";
import { chooseSource, type VoiceEntry, type VoiceSource } from "./voice.js";

/** Who speaks, and how. */
export type Speaker = { readonly engine: SpeechEngine; readonly voice: EngineVoice };

/**
 * Who speaks a language under the name of a voice: for English the best source of the name that is installed; for other
 * languages an installed model of that language, else eSpeak NG. The same name gets the same speaker each time.
 */
export function chooseSpeaker(entry: VoiceEntry, language: Language, engines: EngineSet): Speaker {
  const source = isEnglish(language)
    ? chooseSource(entry, (choice) => engines.has(choice))
    : (modelSource(entry, language, engines) ?? espeakSource(entry));
  return { engine: engines.get(source), voice: engineVoice(source) };
}

/** A speaker of an installed model of the language, of the voice's gender where there is one. */
function modelSource(entry: VoiceEntry, language: Language, engines: EngineSet): VoiceSource | null {
  const main = mainLanguage(language.tag);
  const speakers = engines.models
    .filter((model) => mainLanguage(model.entry.language) === main && model.entry.kind === "piper")
    .flatMap((model) => model.entry.speakers.map((speaker) => ({ ...speaker, model: model.entry.id })))
    .filter(({ model }) => engines.has({ engine: "piper", model }));
  const fitting = speakers.filter(({ gender }) => gender === entry.gender);
  const chosen = fitting.length > 0 ? fitting : speakers;
  const speaker = chosen[rankOf(entry) % Math.max(1, chosen.length)];
  return speaker === undefined ? null : { engine: "piper", model: speaker.model, speaker: speaker.name };
}

function espeakSource(entry: VoiceEntry): VoiceSource {
  const { stretch = 1 } = entry.sources.at(-1) as VoiceSource;
  return { engine: "espeak", ...espeakVoice(entry.gender, rankOf(entry)), stretch };
}

/** Place of a name among those of its gender. */
function rankOf(entry: VoiceEntry): number {
  return Math.max(0, NAMED_VOICES.filter(({ gender }) => gender === entry.gender).indexOf(entry));
}

/** What a source asks of its engine. */
function engineVoice({ speaker, pitchHz, pitchSpreadHz, stretch, formantRatio }: VoiceSource): EngineVoice {
  return {
    speaker,
    ...(pitchHz === undefined ? {} : { pitchHz }),
    ...(pitchSpreadHz === undefined ? {} : { pitchSpreadHz }),
    ...(stretch === undefined ? {} : { stretch }),
    ...(formantRatio === undefined ? {} : { formantRatio }),
  };
}
