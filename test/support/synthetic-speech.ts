import { createRandom } from "../../src/shared/random.js";
import type { Phoneme, Sentence, Speech, Word } from "../../src/speech/index.js";
import { measureShortMelody } from "../../src/speech/prosody/measure-melody.js";

const RATE = 48_000;

/** One sound of a made-up speech: `"aa"`, with stress `"aa1"`, with its length in seconds `"aa1:.15"`; `"|"` ends a word. */
export type SoundSpec = string;

const VOICED = new Set(
  "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw m n ng l r w y b d g v dh z zh jh".split(" "),
);
const QUIET: Readonly<Record<string, number>> = {
  b: 0.15,
  d: 0.2,
  g: 0.2,
  m: 0.45,
  n: 0.5,
  ng: 0.45,
  v: 0.35,
};
/** One period of a voice: five harmonics. */
const WAVE = Float64Array.from({ length: 4096 }, (_, i) =>
  [1, 2, 3, 4, 5].reduce((sum, h) => sum + Math.sin((2 * Math.PI * h * i) / 4096) / h / 2, 0),
);
const VOWEL = /^(aa|ae|ah|ao|aw|ax|ay|eh|er|ey|ih|iy|ow|oy|uh|uw)$/;

/**
 * Builds a speech whose sound fits its phonemes: harmonics for voiced sounds, noise for voiceless ones,
 * silence then a burst for plosives.
 *
 * @param text - sounds separated by blanks, e.g. `"pau:.3 hh ax l ow1 | w er1 l d pau:.4"`
 */
export function syntheticSpeech(text: string, options: { sentence?: string; seed?: number } = {}): Speech {
  const phonemes: Phoneme[] = [];
  const words: Word[] = [];
  let time = 0;
  let wordStart = -1;
  const closeWord = (): void => {
    if (wordStart >= 0) words.push({ text: `w${words.length}`, start: wordStart, end: time, sentence: 0 });
    wordStart = -1;
  };
  for (const spec of text.trim().split(/\s+/)) {
    if (spec === "|") {
      closeWord();
      continue;
    }
    const [name, length] = spec.split(":");
    const symbol = name!.replace(/\d$/, "");
    if (symbol === "pau") closeWord();
    else if (wordStart < 0) wordStart = time;
    const stress = (Number(/\d$/.exec(name!)?.[0] ?? 0) % 3) as 0 | 1 | 2;
    const end = time + (length === undefined ? defaultLength(symbol) : Number(length));
    phonemes.push({ symbol, start: time, end, word: symbol === "pau" ? -1 : words.length, stress });
    time = end;
  }
  closeWord();
  const samples = synthesize(phonemes, time, options.seed ?? 1);
  const sentences: Sentence[] = [{ text: options.sentence ?? "Words.", start: 0, end: time }];
  return {
    samples,
    duration: samples.length / RATE,
    sentences,
    words,
    phonemes: phonemes.map((p, i) => (i === phonemes.length - 1 ? { ...p, end: samples.length / RATE } : p)),
    melody: measureShortMelody(samples),
    source: "synthesis",
    warnings: [],
  };
}

/**
 * Sounds of a long talk for {@link syntheticSpeech}: phrases of made-up words with pauses between them, never twice the
 * same.
 */
export function talkOf(seconds: number, seed: number): string {
  const random = createRandom(seed).fork("talk");
  const pick = (list: readonly string[]): string => list[Math.floor(random.next() * list.length)]!;
  const sounds: string[] = ["pau:.4"];
  let time = 0.4;
  const add = (symbol: string, low: number, high: number): void => {
    const length = random.between(low, high);
    sounds.push(`${symbol}:${length.toFixed(3)}`);
    time += length;
  };
  while (time < seconds - 6) {
    const words = 3 + Math.floor(random.next() * 9);
    for (let w = 0; w < words; w++) {
      const syllables = 1 + Math.floor(random.next() * 3);
      for (let k = 0; k < syllables; k++) {
        add(pick(TALK_CONSONANTS), 0.04, 0.1);
        add(pick(TALK_VOWELS) + (k === 0 && random.next() < 0.6 ? "1" : "0"), 0.06, 0.2);
      }
      if (random.next() < 0.4) add(pick(TALK_CONSONANTS), 0.04, 0.1);
      sounds.push("|");
    }
    add("pau", 0.2, random.next() < 0.2 ? 1.6 : 0.8);
  }
  sounds.push("pau:.6");
  return sounds.join(" ");
}

const TALK_VOWELS = "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split(" ");
const TALK_CONSONANTS = "p b m f v th dh t d n l k g s z sh ch r w y hh".split(" ");

function defaultLength(symbol: string): number {
  if (symbol === "pau") return 0.3;
  if (VOWEL.test(symbol)) return symbol === "ax" ? 0.06 : 0.12;
  return 0.07;
}

function synthesize(phonemes: readonly Phoneme[], duration: number, seed: number): Float32Array {
  const samples = new Float32Array(Math.round(duration * RATE));
  const random = createRandom(seed);
  let phase = 0;
  for (const { symbol, start, end, stress } of phonemes) {
    if (symbol === "pau") continue;
    const first = Math.round(start * RATE);
    const last = Math.min(samples.length, Math.round(end * RATE));
    const level = levelOf(symbol) * (stress === 1 ? 1.3 : 1);
    for (let i = first; i < last; i++) {
      const share = (i - first) / Math.max(1, last - first);
      const edge = Math.min(1, (i - first) / 480, (last - i) / 480);
      phase += (2 * Math.PI * (stress === 1 ? 215 : 180)) / RATE;
      if (phase > 2 * Math.PI) phase -= 2 * Math.PI;
      let value = 0;
      if (VOICED.has(symbol)) {
        value = WAVE[Math.floor((phase / (2 * Math.PI)) * WAVE.length) % WAVE.length]!;
      } else {
        value = 1.7 * (random.next() - 0.5);
      }
      // A plosive is silent until its burst.
      const isPlosive = "ptk".includes(symbol);
      const shape = isPlosive ? (share < 0.6 ? 0 : Math.exp(-(share - 0.6) * 6)) : edge;
      samples[i] = Math.max(-1, Math.min(1, 0.25 * level * shape * value));
    }
  }
  return samples;
}

function levelOf(symbol: string): number {
  if (VOWEL.test(symbol)) return symbol === "ax" ? 0.6 : symbol === "iy" || symbol === "uw" ? 0.8 : 1;
  return QUIET[symbol] ?? (VOICED.has(symbol) ? 0.6 : 0.25);
}
