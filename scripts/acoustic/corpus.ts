import { createRandom, type Random } from "../../src/shared/random.js";
import {
  ACOUSTIC_RATE,
  FRAME_SECONDS,
  FrameSpectra,
  frameCount,
  SPECTRUM_BINS,
} from "../../src/speech/acoustic/mel-features.js";
import { classesOf, DIPHTHONG_TURN, SILENCE } from "../../src/speech/acoustic/sound-classes.js";
import { createEspeak } from "../../src/speech/engines/espeak.js";
import { createFliteEngine } from "../../src/speech/engines/flite.js";
import type { EngineUtterance, EngineVoice, SpeechEngine } from "../../src/speech/engines/speech-engine.js";
import { languageOf, mainLanguage } from "../../src/speech/language/languages.js";
import { resample } from "../../src/speech/signal/resample.js";
import { readScript } from "../../src/speech/text/script.js";
import { planUtterances } from "../../src/speech/utterances.js";
import { ESPEAK_VARIANTS } from "../../src/speech/voices/espeak-variants.js";
import { englishSentence, foreignSentence } from "./sentences.js";

/** One spoken sentence: spectra and the class of sound of every frame. */
export type Utterance = {
  /** `[frame][bin]`, power. */
  readonly power: Float32Array;
  /** Class index of each frame. */
  readonly labels: Uint8Array;
};

/** Speech of one kind, with its share of the training. */
export type Source = { readonly name: string; readonly weight: number; readonly utterances: Utterance[] };

const TRAINING_LANGUAGES = "de es fr it pt pl ru tr nl sv ja hi ar zh ko cs hu".split(" ");
/** Never heard in training: an English voice of another kind (diphones), and a language. */
export const HELD_OUT = { speaker: "kal16", language: "fi" } as const;

/** Minutes of speech of each kind that the network is trained with. */
export type CorpusSize = { readonly flite: number; readonly espeak: number; readonly test: number };

/** Makes all the speech of the training and of the two held-out tests; the same seed gives the same. */
export async function makeCorpus(size: CorpusSize, seed: number, log: (line: string) => void) {
  const [flite, espeak] = [createFliteEngine(), createEspeak()];
  const random = createRandom(seed);
  const speakers = ["slt", "rms", "awb"];
  const training: Source[] = [];
  try {
    for (const speaker of speakers) {
      const utterances = await speakFor(size.flite / speakers.length, random.fork(speaker), (r) =>
        sayEnglish(flite, fliteVoice(speaker, r), r),
      );
      training.push({ name: `flite ${speaker}`, weight: 2.2, utterances });
      log(`flite ${speaker}: ${utterances.length} sentences`);
    }
    for (const language of ["en", ...TRAINING_LANGUAGES]) {
      const minutes = (language === "en" ? 0.35 : 0.65 / TRAINING_LANGUAGES.length) * size.espeak;
      const utterances = await speakFor(minutes, random.fork(language), (r) =>
        sayEspeak(espeak, language, r),
      );
      training.push({ name: `espeak ${language}`, weight: language === "en" ? 1.2 : 0.12, utterances });
      log(`espeak ${language}: ${utterances.length} sentences`);
    }
    const unheard = random.fork("held out");
    return {
      training,
      engine: await speakFor(size.test, unheard, (r) => sayEnglish(flite, { speaker: HELD_OUT.speaker }, r)),
      language: await speakFor(size.test, unheard, (r) => sayEspeak(espeak, HELD_OUT.language, r)),
    };
  } finally {
    await Promise.all([flite.close(), espeak.close()]);
  }
}

async function speakFor(
  minutes: number,
  random: Random,
  say: (random: Random) => Promise<EngineUtterance>,
): Promise<Utterance[]> {
  const utterances: Utterance[] = [];
  let seconds = 0;
  for (let i = 0; seconds < 60 * minutes; i++) {
    const utterance = labelled(await say(random.fork(String(i))));
    seconds += utterance.labels.length * FRAME_SECONDS;
    utterances.push(utterance);
  }
  return utterances;
}

function fliteVoice(speaker: string, random: Random): EngineVoice {
  const pitch = { slt: 178, rms: 103, awb: 133 }[speaker] ?? 120;
  return { speaker, pitchHz: pitch * random.between(0.8, 1.3), stretch: random.between(0.85, 1.2) };
}

async function sayEnglish(
  engine: SpeechEngine,
  voice: EngineVoice,
  random: Random,
): Promise<EngineUtterance> {
  const [sentence] = readScript(englishSentence(random)).sentences;
  return engine.speak(planUtterances(sentence!)[0]!.sentence, voice);
}

async function sayEspeak(engine: SpeechEngine, main: string, random: Random): Promise<EngineUtterance> {
  const language = languageOf(main)!;
  const text = main === "en" ? englishSentence(random) : foreignSentence(mainLanguage(main), random);
  const kana = main === "ja" ? text.replace(/\p{Script=Han}/gu, "") : text;
  const script = readScript(kana, { language: "xx", hasSpaces: language.hasSpaces });
  const [sentence] = script.sentences;
  const variant = ESPEAK_VARIANTS[Math.floor(random.next() * ESPEAK_VARIANTS.length)]!;
  const voice = {
    speaker: variant.name,
    pitchHz: variant.pitchHz * random.between(0.8, 1.25),
    stretch: random.between(0.75, 1.15),
  };
  const planned = planUtterances(sentence!, language.tag)[0];
  return engine.speak(planned?.sentence ?? { text: "1", language: main, pronunciations: new Map() }, voice);
}

/** Spectra and labels of a sentence; the label of a frame is the sound in its middle. */
export function labelled({ samples, sampleRate, phones }: EngineUtterance): Utterance {
  const sound = resample(samples, sampleRate, ACOUSTIC_RATE);
  const count = frameCount(sound.length);
  const power = new Float32Array(count * SPECTRUM_BINS);
  const spectra = new FrameSpectra();
  for (let frame = 0; frame < count; frame++) {
    spectra.measure(sound, frame);
    power.set(spectra.power, frame * SPECTRUM_BINS);
  }
  return { power, labels: labelsOf(phones, count) };
}

/** The class of each frame. */
export function labelsOf(
  phones: readonly { readonly symbol: string; readonly start: number; readonly end: number }[],
  count: number,
): Uint8Array {
  const labels = new Uint8Array(count).fill(SILENCE);
  for (const { symbol, start, end } of phones) {
    const [first, second] = classesOf(symbol);
    const turn = second === undefined ? end : start + DIPHTHONG_TURN * (end - start);
    fill(labels, start, turn, first!);
    if (second !== undefined) fill(labels, turn, end, second);
  }
  return labels;
}

function fill(labels: Uint8Array, start: number, end: number, value: number): void {
  const frame = (seconds: number): number => Math.max(0, Math.round(seconds / FRAME_SECONDS));
  labels.fill(value, frame(start), Math.min(labels.length, frame(end)));
}
