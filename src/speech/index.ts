export { createEngineSet, type EngineSet } from "./engines/engine-set.js";
export type { EngineVoice, SpeechEngine } from "./engines/speech-engine.js";
export { LIVING_PORTRAIT_DURATION, MAX_PROMPT_LENGTH } from "./limits.js";
export { MODEL_CATALOGUE } from "./models/catalogue.js";
export type {
  InstalledModel,
  ModelEntry,
  ModelFile,
  ModelSpeaker,
  ModelState,
  ModelStore,
  PullOptions,
  PullProgress,
} from "./models/model.js";
export { createModelStore, type ModelStoreOptions } from "./models/store.js";
export type { RecognisedWord } from "./recognition/ctc-decode.js";
export { type Recording, speechFromRecording } from "./recording/recording.js";
export { silentSpeech } from "./silence.js";
export { type Melody, type Phoneme, SAMPLE_RATE, type Sentence, type Speech, type Word } from "./speech.js";
export { type SpokenText, type SynthesisOptions, synthesizeSpeech } from "./synthesis.js";
export { HOSTED_VOICE_NAMES, noSuchVoice, VOICE_NAMES, VOICES, voiceNamed } from "./voices/find-voice.js";
export { chooseSource, type VoiceEntry, type VoiceSource } from "./voices/voice.js";
