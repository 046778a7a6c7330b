import { sin } from "../shared/portable-math.js";
import { isVowel } from "./arpabet.js";
import type { EnginePhone, EngineUtterance } from "./engines/speech-engine.js";
import { resample } from "./signal/resample.js";
import { type Phoneme, SAMPLE_RATE, type Sentence, type Word } from "./speech.js";

/** How much of the pause before and after a run of speech is kept, so that breath and decay survive. */
const KEPT_BEFORE = 0.04;
const KEPT_AFTER = 0.07;
/** Samples in a piece of memory: 8 s. */
const PIECE = SAMPLE_RATE * 8;

type Run = { readonly phones: readonly EnginePhone[]; readonly pauseBefore: number };
type MutableWord = { text: string; start: number; end: number; sentence: number };

/** What the builder has to know about an utterance besides its sound. */
export type UtterancePlacement = {
  readonly sentenceText: string;
  /** Index of the utterance's sentence; the same for all parts of a long one. */
  readonly sentence: number;
  /** Written word of a phone's engine token, as a key that is unique within the sentence. */
  readonly tokenOf: readonly number[];
  readonly written: (token: number) => string;
  /** Wanted pause between two neighbouring tokens, seconds; `null` leaves the engine's own. */
  readonly pauseBetween: (from: number, to: number) => number | null;
};

/**
 * Joins utterances and pauses into one sound with one timeline. All positions are whole samples, so pauses
 * are exact and the phonemes have neither gaps nor overlaps.
 */
export class SpeechBuilder {
  /** The sound in pieces of one length, because a growing piece of memory would be copied again and again. */
  readonly #pieces: Float32Array[] = [];
  /** End of the timeline so far, samples; sound may decay a little beyond it. */
  #cursor = 0;
  readonly #phonemes: { symbol: string; start: number; end: number; word: number; stress: 0 | 1 | 2 }[] = [];
  readonly #words: MutableWord[] = [];
  readonly #sentences: { text: string; start: number; end: number }[] = [];
  #lastToken = { sentence: -1, token: -1 };

  /** Seconds on the timeline so far. */
  get duration(): number {
    return this.#cursor / SAMPLE_RATE;
  }

  /** Adds silence. */
  pause(seconds: number): void {
    const length = Math.round(seconds * SAMPLE_RATE);
    if (length <= 0) return;
    this.#phoneme("pau", length, -1, 0);
  }

  /** Adds one utterance without the silence around it. */
  utterance(spoken: EngineUtterance, placement: UtterancePlacement): void {
    const sound = resample(spoken.samples, spoken.sampleRate, SAMPLE_RATE);
    const runs = splitRuns(spoken.phones);
    runs.forEach((run, i) => {
      const previous = runs[i - 1]?.phones.at(-1);
      const first = run.phones[0] as EnginePhone;
      if (previous !== undefined) {
        const wanted = placement.pauseBetween(
          placement.tokenOf[previous.token] as number,
          placement.tokenOf[first.token] as number,
        );
        this.pause(wanted ?? run.pauseBefore);
      }
      const following = runs[i + 1]?.phones[0]?.start ?? sound.length / SAMPLE_RATE;
      this.#run(sound, run, previous?.end ?? 0, following, placement);
    });
  }

  /** The finished sound and timeline. Nothing can be added afterwards. */
  finish(): { samples: Float32Array; sentences: Sentence[]; words: Word[]; phonemes: Phoneme[] } {
    const seconds = (at: number): number => at / SAMPLE_RATE;
    return {
      samples: this.#takeSamples(),
      sentences: this.#sentences.map((s) => ({ ...s, start: seconds(s.start), end: seconds(s.end) })),
      words: this.#words.map((w) => ({ ...w, start: seconds(w.start), end: seconds(w.end) })),
      phonemes: this.#phonemes.map((p) => ({ ...p, start: seconds(p.start), end: seconds(p.end) })),
    };
  }

  #run(sound: Float32Array, run: Run, floor: number, roof: number, placement: UtterancePlacement): void {
    const first = run.phones[0] as EnginePhone;
    const last = run.phones.at(-1) as EnginePhone;
    const from = toSamples(first.start);
    const to = toSamples(last.end);
    const before = Math.min(from - toSamples(floor), toSamples(KEPT_BEFORE), this.#cursor);
    const after = Math.min(toSamples(roof) - to, toSamples(KEPT_AFTER), sound.length - to);
    this.#mix(sound.subarray(from - before, to + after), this.#cursor - before, before, after);
    const start = this.#cursor;
    for (const phone of run.phones) {
      const length = start + toSamples(phone.end) - from - this.#cursor;
      const token = placement.tokenOf[phone.token];
      const word = token === undefined ? -1 : this.#word(token, placement);
      this.#phoneme(phone.symbol, length, word, isVowel(phone.symbol) ? phone.stress : 0);
      if (word >= 0) (this.#words[word] as MutableWord).end = this.#cursor;
      const sentence = this.#sentences.at(-1);
      if (sentence !== undefined) sentence.end = this.#cursor;
    }
  }

  /** Adds sound with raised-cosine fades of the given lengths on top of what is there. */
  #mix(sound: Float32Array, at: number, fadeIn: number, fadeOut: number): void {
    this.#reserve(at + sound.length);
    let piece = this.#pieces[0] as Float32Array;
    for (let i = 0; i < sound.length; i++) {
      const left = Math.min(1, (i + 0.5) / Math.max(1, fadeIn));
      const right = Math.min(1, (sound.length - i - 0.5) / Math.max(1, fadeOut));
      const gain = raisedCosine(left) * raisedCosine(right);
      const offset = (at + i) % PIECE;
      if (i === 0 || offset === 0) piece = this.#pieces[(at + i - offset) / PIECE] as Float32Array;
      piece[offset] += gain * sound[i];
    }
  }

  #reserve(length: number): void {
    while (this.#pieces.length * PIECE < length) this.#pieces.push(new Float32Array(PIECE));
  }

  /** Joins the pieces and lets go of each on the way. */
  #takeSamples(): Float32Array {
    const samples = new Float32Array(this.#cursor);
    for (let at = 0; at < samples.length; at += PIECE) {
      const piece = this.#pieces.shift() as Float32Array;
      samples.set(piece.subarray(0, samples.length - at), at);
    }
    return samples;
  }

  #phoneme(symbol: string, length: number, word: number, stress: 0 | 1 | 2): void {
    if (length <= 0) return;
    const start = this.#cursor;
    this.#cursor += length;
    this.#reserve(this.#cursor);
    const last = this.#phonemes.at(-1);
    if (symbol === "pau" && last?.symbol === "pau") last.end = this.#cursor;
    else this.#phonemes.push({ symbol, start, end: this.#cursor, word, stress });
  }

  /** The index of a written word; the first phone of a word opens it. */
  #word(token: number, placement: UtterancePlacement): number {
    const isSame = this.#lastToken.sentence === placement.sentence && this.#lastToken.token === token;
    if (isSame) return this.#words.length - 1;
    if (this.#lastToken.sentence !== placement.sentence) {
      this.#sentences.push({ text: placement.sentenceText, start: this.#cursor, end: this.#cursor });
    }
    this.#lastToken = { sentence: placement.sentence, token };
    const sentence = this.#sentences.length - 1;
    this.#words.push({ text: placement.written(token), start: this.#cursor, end: this.#cursor, sentence });
    return this.#words.length - 1;
  }
}

/** Runs of phones between pauses. */
function splitRuns(phones: readonly EnginePhone[]): Run[] {
  const runs: { phones: EnginePhone[]; pauseBefore: number }[] = [];
  let pause = 0;
  let open = false;
  for (const phone of phones) {
    if (phone.symbol === "pau") {
      pause = open ? phone.end - phone.start : pause + phone.end - phone.start;
      open = false;
    } else if (open) runs.at(-1)?.phones.push(phone);
    else {
      runs.push({ phones: [phone], pauseBefore: pause });
      pause = 0;
      open = true;
    }
  }
  return runs;
}

function toSamples(seconds: number): number {
  return Math.round(seconds * SAMPLE_RATE);
}

/** 0 at 0, 1 at 1, flat at both ends. */
function raisedCosine(t: number): number {
  if (t >= 1) return 1;
  const s = sin((Math.PI / 2) * t);
  return s * s;
}
