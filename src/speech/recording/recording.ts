import { AssetError, CancelledError, ParlanteError, throwIfCancelled } from "../../shared/errors.js";
import { alignSounds, type KnownSound } from "../acoustic/align-sounds.js";
import { findSounds } from "../acoustic/find-sounds.js";
import { hearSounds } from "../acoustic/hear-sounds.js";
import { classesOf, SILENCE, SOUND_CLASSES } from "../acoustic/sound-classes.js";
import type { SoundScores } from "../acoustic/sound-scores.js";
import { createEngineSet, type EngineSet } from "../engines/engine-set.js";
import { MAX_SPEECH_DURATION, MIN_RECORDING_DURATION } from "../limits.js";
import type { InstalledModel } from "../models/model.js";
import { measureMelody } from "../prosody/measure-melody.js";
import { SAMPLE_RATE, type Speech } from "../speech.js";
import { type HeardTimeline, timelineOfRuns, timelineOfTranscript } from "./heard-phonemes.js";
import { wordsInRecording } from "./recognised-words.js";
import { readTranscript, type Transcript } from "./transcript.js";

/** A decoded recording. */
export type Recording = {
  /** Mono at 48 kHz; anything outside `[-1, 1]` or not a number is put right. */
  readonly samples: Float32Array;
  /** What is said in it, where known. */
  readonly prompt?: string | null;
  /** BCP 47 tag of the prompt's language; found from the prompt where `null` or absent. */
  readonly language?: string | null;
};

/** How a recording is listened to. */
export type ListeningOptions = {
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Installed recogniser that tells the words where no prompt does; without it there are none. */
  readonly recogniser?: InstalledModel;
  /** The engines that read the prompt; a set of their own, closed at the end, where absent. */
  readonly engines?: EngineSet;
};

const CLASS_COUNT = SOUND_CLASSES.length;
/** Highest sample of a recording that had to be turned down. */
const FULL_SCALE = 0.98;
/**
 * By how much the sounds of a prompt may fit a recording worse than the best sounds of all, natural logarithm per frame of
 * sound, before it is taken for another text. Over real clips right prompts stay below 1.85, wrong ones above 2.1, but for one
 * that is clipped beyond recognition (above 1.5).
 */
const MISMATCH_LIMIT = 2;

/**
 * Makes a recording drive the mouth. The sound itself stays as it is, unless it exceeds full scale.
 *
 * An acoustic model hears which sounds there are, in any language. Where the words are known and fit, it finds when each
 * of their sounds is said, and there are words and sentences too; a prompt that is not what is said is passed over with
 * a warning.
 *
 * @throws AssetError `audio_duration_too_long` above 600 s, `audio_duration_too_short` below .1 s, both on
 *   `audio_url`.
 * @throws CancelledError when the signal fires.
 */
export async function speechFromRecording(
  recording: Recording,
  options: ListeningOptions = {},
): Promise<Speech> {
  throwIfCancelled(options.signal);
  checkDuration(recording.samples.length / SAMPLE_RATE);
  const { samples, warnings } = cleanSamples(recording.samples);
  const scores = await hearSounds(
    samples,
    SAMPLE_RATE,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  const timeline = await readTimeline(recording, scores, samples, warnings, options);
  if (timeline.phonemes.every((phoneme) => phoneme.symbol === "pau")) {
    warnings.push("No voice is heard in the recording, so the mouth stays at rest.");
  }
  return {
    samples,
    duration: samples.length / SAMPLE_RATE,
    ...timeline,
    melody: await measureMelody(samples, options.signal),
    source: "recording",
    warnings,
  };
}

async function readTimeline(
  { prompt, language }: Recording,
  scores: SoundScores,
  samples: Float32Array,
  warnings: string[],
  options: ListeningOptions,
): Promise<HeardTimeline> {
  const free = findSounds(scores);
  if (prompt !== null && prompt !== undefined && prompt.trim() !== "") {
    const transcript = await transcriptOf(prompt, language ?? null, warnings, options);
    const alignment = transcript === null ? null : alignSounds(scores, knownSounds(transcript));
    if (transcript !== null && alignment !== null) {
      if (mismatch(scores, free, alignment.score) <= MISMATCH_LIMIT)
        return timelineOfTranscript(transcript, alignment, samples.length);
      warnings.push(
        "The prompt does not fit what is said in the recording, so the lips follow the sound alone.",
      );
    } else if (transcript !== null)
      warnings.push("The prompt is too long for the recording, so the lips follow the sound alone.");
  }
  return { ...timelineOfRuns(free, samples.length), ...(await heardWords(samples, warnings, options)) };
}

/** Words by the recogniser, where there is one. A video does not fail for want of them. */
async function heardWords(
  samples: Float32Array,
  warnings: string[],
  { recogniser, signal }: ListeningOptions,
): Promise<Pick<HeardTimeline, "words" | "sentences">> {
  if (recogniser === undefined) return { words: [], sentences: [] };
  try {
    return await wordsInRecording(samples, recogniser, signal);
  } catch (error) {
    if (error instanceof CancelledError || !(error instanceof ParlanteError)) throw error;
    warnings.push(`The words of the recording are not known: ${error.message}`);
    return { words: [], sentences: [] };
  }
}

/** What the prompt sounds like; `null` with a warning where nothing here can read it: the recording does not need it. */
async function transcriptOf(
  prompt: string,
  language: string | null,
  warnings: string[],
  { signal, engines }: ListeningOptions,
): Promise<Transcript | null> {
  const readers = engines ?? createEngineSet();
  try {
    return await readTranscript(prompt, language, readers, signal);
  } catch (error) {
    if (error instanceof CancelledError || !(error instanceof ParlanteError)) throw error;
    warnings.push(`The prompt was not used: ${error.message}`);
    return null;
  } finally {
    if (engines === undefined) await readers.close();
  }
}

function knownSounds({ sounds }: Transcript): KnownSound[] {
  return sounds.map(({ symbol, word }, i) => ({
    classes: classesOf(symbol),
    mayPause: word !== sounds[i - 1]?.word,
  }));
}

/** How much worse the prompt's sounds fit than the best sounds of all, per frame in which there is sound. */
function mismatch({ values }: SoundScores, free: ReturnType<typeof findSounds>, score: number): number {
  let best = 0;
  let sounding = 0;
  for (const { sound, start, end } of free) {
    for (let frame = start; frame < end; frame++) best += values[frame * CLASS_COUNT + sound]!;
    if (sound !== SILENCE) sounding += end - start;
  }
  return sounding === 0 ? Number.POSITIVE_INFINITY : (best - score) / sounding;
}

function checkDuration(seconds: number): void {
  const provided = Math.round(seconds * 1000) / 1000;
  if (seconds > MAX_SPEECH_DURATION) {
    throw new AssetError(
      "audio_duration_too_long",
      `The recording lasts ${provided} s; at most ${MAX_SPEECH_DURATION} s can be animated. Cut it into parts.`,
      { field: ["audio_url"], context: { max_duration: MAX_SPEECH_DURATION, provided_duration: provided } },
    );
  }
  if (seconds < MIN_RECORDING_DURATION) {
    throw new AssetError(
      "audio_duration_too_short",
      `The recording lasts ${provided} s; at least ${MIN_RECORDING_DURATION} s are needed.`,
      {
        field: ["audio_url"],
        context: { min_duration: MIN_RECORDING_DURATION, provided_duration: provided },
      },
    );
  }
}

/** A copy without what is not a number, turned down as a whole if it exceeds full scale. */
function cleanSamples(input: Float32Array): { samples: Float32Array; warnings: string[] } {
  const samples = input.slice();
  const warnings: string[] = [];
  let broken = 0;
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isFinite(samples[i])) {
      samples[i] = 0;
      broken++;
    }
    peak = Math.max(peak, Math.abs(samples[i]));
  }
  if (broken > 0) warnings.push(`${broken} samples of the recording were not numbers; they are silent.`);
  if (peak > 1) {
    const gain = FULL_SCALE / peak;
    for (let i = 0; i < samples.length; i++) samples[i] *= gain;
    warnings.push("The recording exceeded full scale and was turned down.");
  }
  return { samples, warnings };
}
