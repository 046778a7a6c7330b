import { shiftFormants } from "../signal/formant-shift.js";
import { highPass } from "../signal/high-pass.js";
import { resample } from "../signal/resample.js";
import { SAMPLE_RATE } from "../speech.js";
import { type FlitePhone, readFliteUtterance } from "./flite-utterance.js";
import { type FliteVoicePlan, planFliteVoice } from "./flite-voice.js";
import type { EnginePhone, EngineSentence, EngineUtterance, EngineVoice } from "./speech-engine.js";
import { runWasi } from "./wasi-host.js";

/** The speakers inside the Flite module that read any text. */
export const FLITE_SPEAKERS = ["slt", "rms", "awb", "kal16"] as const;

/**
 * How far the sound of each speaker lags behind the phone times, seconds: where the level correlates best
 * with vowels and sonorants against stops and pauses, over 4 sentences rich in stops.
 */
const SOUND_DELAY: Readonly<Record<string, number>> = { slt: 0.009, rms: 0.003, awb: 0, kal16: 0.004 };

/** Some speakers come with an offset; no voice goes this low. */
const LOW_CUT_HERTZ = 40;
const OUTPUT = "/speech.wav";
const LEXICON = "/pronunciations.lex";
/** Flite's fixed buffers are made for words, not for kilobytes. */
const MAX_WORD_LETTERS = 40;
/** wasi-libc's heap begins a little below the initial end of memory. */
const HEAP_SLACK_BYTES = 262_144;
const SYLLABLES = ["ba", "da", "fa", "ga", "ka", "la", "ma", "na", "pa", "ra", "sa", "ta", "va", "za"];

/**
 * Runs Flite once, on this thread, for one sentence.
 *
 * @throws Error when Flite refuses the sentence or its result cannot be read.
 */
export async function runFlite(
  module: WebAssembly.Module,
  sentence: EngineSentence,
  voice: EngineVoice,
): Promise<EngineUtterance> {
  if (!(FLITE_SPEAKERS as readonly string[]).includes(voice.speaker))
    throw new Error(`unknown speaker ${voice.speaker}`);
  const plan = planSentence(sentence);
  const voicePlan = planFliteVoice(voice);
  let phones: FlitePhone[] | undefined;
  const result = await runWasi(module, {
    args: [
      "flite",
      "-voice",
      voice.speaker,
      ...settings(voicePlan),
      "-add_lex",
      LEXICON,
      "-o",
      OUTPUT,
      "-t",
      plan.text,
    ],
    inputs: new Map([[LEXICON, new TextEncoder().encode(plan.lexicon)]]),
    output: OUTPUT,
    onOutputOpen: (memory, initialBytes) => {
      phones = readFliteUtterance(memory, Math.max(0, initialBytes - HEAP_SLACK_BYTES));
    },
  });
  if (result.exitCode !== 0 || phones === undefined) {
    throw new Error(`Flite ended with code ${result.exitCode}: ${result.printed.slice(0, 300)}`);
  }
  const samples = shapeSound(readWave(result.output), voicePlan);
  const duration = samples.length / SAMPLE_RATE;
  const delay = SOUND_DELAY[voice.speaker] ?? 0;
  return {
    samples,
    sampleRate: SAMPLE_RATE,
    phones: toEnginePhones(phones, delay, voicePlan.speed, duration),
  };
}

/** Converted here, because this is not the thread that answers requests. */
function shapeSound(
  sound: { samples: Float32Array; sampleRate: number },
  plan: FliteVoicePlan,
): Float32Array {
  const playedAt = Math.round(sound.sampleRate * plan.speed);
  const resampled = resample(sound.samples, playedAt, SAMPLE_RATE);
  return shiftFormants(highPass(resampled, SAMPLE_RATE, LOW_CUT_HERTZ), plan.formantRatio);
}

function settings(plan: FliteVoicePlan): string[] {
  return plan.features.flatMap(([name, value]) => ["--setf", `${name}=${value.toFixed(3)}`]);
}

/** The text in Flite's own terms: given pronunciations become invented words of its lexicon addenda. */
function planSentence(sentence: EngineSentence): { text: string; lexicon: string } {
  const invented = new Map<string, string>();
  const words = sentence.text.split(" ").map((token) => {
    const [, word, punctuation] = /^(.*?)([,.?!]*)$/.exec(token) as unknown as [string, string, string];
    const phones = sentence.pronunciations.get(word);
    if (phones === undefined) return plainWord(word) + punctuation;
    const key = phones.join(" ");
    const name = invented.get(key) ?? inventWord(invented.size);
    invented.set(key, name);
    return name + punctuation;
  });
  const lexicon = [...invented].map(([phones, word]) => `"${word}" : ${phones}\n`).join("");
  return { text: words.join(" "), lexicon };
}

/** Flite gets letters and apostrophes only, so nothing in a text can be an option, a file or a command. */
function plainWord(word: string): string {
  const letters = word.replace(/[^A-Za-z']/g, "").slice(0, MAX_WORD_LETTERS);
  return /[A-Za-z]/.test(letters) ? letters : "blank";
}

/** A pronounceable word that no English lexicon holds; others Flite would spell. */
function inventWord(index: number): string {
  const n = SYLLABLES.length;
  const digit = (i: number): string => SYLLABLES[Math.floor(index / n ** i) % n];
  return `zaza${digit(0)}${digit(1)}${digit(2)}zo`;
}

/** Flite's phones on the timeline of the finished sound. */
function toEnginePhones(
  phones: readonly FlitePhone[],
  delay: number,
  speed: number,
  duration: number,
): EnginePhone[] {
  let start = 0;
  const result: EnginePhone[] = [];
  for (const phone of phones) {
    const end = Math.min(Math.max((phone.end + delay) / speed, start), duration);
    if (end > start) result.push({ ...phone, start, end });
    start = end;
  }
  const last = result.at(-1);
  if (last === undefined) throw new Error("Flite spoke nothing");
  result[result.length - 1] = { ...last, end: duration };
  return result;
}

/** Reads the one form of WAVE that Flite writes: 16-bit mono PCM, 44-byte header. */
function readWave(bytes: Uint8Array): { samples: Float32Array; sampleRate: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isWave = bytes.length > 44 && view.getUint32(0) === 0x52494646 && view.getUint32(36) === 0x64617461;
  if (!isWave || view.getUint16(22, true) !== 1 || view.getUint16(34, true) !== 16) {
    throw new Error("Flite wrote no sound");
  }
  const samples = new Float32Array((bytes.length - 44) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(44 + 2 * i, true) / 32_768;
  return { samples, sampleRate: view.getUint32(24, true) };
}
