import { readFileSync } from "node:fs";
import { join } from "node:path";
import { alignSounds } from "../../src/speech/acoustic/align-sounds.js";
import { findSounds } from "../../src/speech/acoustic/find-sounds.js";
import { FRAME_SECONDS } from "../../src/speech/acoustic/mel-features.js";
import {
  classesOf,
  DIPHTHONG_TURN,
  SILENCE,
  SOUND_CLASSES,
} from "../../src/speech/acoustic/sound-classes.js";
import type { SoundScores } from "../../src/speech/acoustic/sound-scores.js";
import { decodeWhole } from "../../test/support/decode-whole.js";
import { testDataDir } from "../../test/support/test-data.js";
import { labelsOf } from "./corpus.js";
import { type Comparison, together } from "./evaluate.js";

/** A sound of a recording. */
export type TimedSound = { readonly symbol: string; readonly start: number; readonly end: number };

/** A real recording and what is said when in the stretches of it that are known. */
export type RealClip = {
  readonly file: string;
  /** Mono, 48 kHz. */
  readonly samples: Float32Array;
  readonly stretches: readonly (readonly TimedSound[])[];
};

/** The recordings of `real-phones.txt`; none where the test data are absent. */
export async function readRealClips(): Promise<RealClip[]> {
  if (testDataDir === null) return [];
  const lines = readFileSync(new URL("./real-phones.txt", import.meta.url), "utf8").split("\n");
  const byFile = new Map<string, TimedSound[][]>();
  for (const line of lines) {
    if (line === "" || line.startsWith("#")) continue;
    const [file, ...values] = line.split(" ") as [string, ...string[]];
    const sounds = Array.from({ length: values.length / 3 }, (_, i) => ({
      symbol: values[3 * i]!,
      start: Number(values[3 * i + 1]),
      end: Number(values[3 * i + 2]),
    }));
    byFile.set(file, [...(byFile.get(file) ?? []), sounds]);
  }
  const clips: RealClip[] = [];
  for (const [file, stretches] of byFile) {
    const { samples } = await decodeWhole(readFileSync(join(testDataDir, "speech", file)));
    clips.push({ file, samples, stretches });
  }
  return clips;
}

/** What the sound alone tells about a clip. */
export function compareFree(clip: RealClip, scores: SoundScores): Comparison {
  const found = new Uint8Array(scores.frames);
  for (const { sound, start, end } of findSounds(scores)) found.fill(sound, start, end);
  return known(clip, found);
}

/** The same with the sequence of sounds given, stretch by stretch. */
export function compareAligned(clip: RealClip, scores: SoundScores): Comparison {
  const found = new Uint8Array(scores.frames).fill(SILENCE);
  for (const stretch of clip.stretches) {
    const [from, to] = frames(stretch);
    const sounds = stretch.filter(({ symbol }) => symbol !== "pau");
    const part = {
      frames: to - from,
      values: scores.values.subarray(from * SOUND_CLASSES.length, to * SOUND_CLASSES.length),
    };
    const alignment = alignSounds(
      part,
      sounds.map(({ symbol }) => ({ classes: classesOf(symbol), mayPause: true })),
    );
    alignment?.sounds.forEach(({ start, end }, i) => {
      const [first, second] = classesOf(sounds[i]!.symbol) as [number, number?];
      const turn = second === undefined ? end : Math.round(start + DIPHTHONG_TURN * (end - start));
      found.fill(first, from + start, from + turn);
      if (second !== undefined) found.fill(second, from + turn, from + end);
    });
  }
  return known(clip, found);
}

function known({ stretches }: RealClip, found: Uint8Array): Comparison {
  const parts = stretches.map((stretch) => {
    const [from, to] = frames(stretch);
    return { found: found.subarray(from, to), truth: labelsOf(stretch, found.length).subarray(from, to) };
  });
  return together(parts);
}

/** Where speech begins after a pause: how far off the nearest beginning that was found is, seconds. */
export function onsetErrors({ found, truth }: Comparison): number[] {
  const starts = onsets(found);
  return onsets(truth).flatMap((onset) => {
    const nearest = starts.reduce(
      (best, at) => (Math.abs(at - onset) < Math.abs(best - onset) ? at : best),
      Number.POSITIVE_INFINITY,
    );
    const error = Math.abs(nearest - onset);
    return error <= 30 ? [error * FRAME_SECONDS] : [];
  });
}

/** Beginnings of speech after at least 100 ms of silence. */
function onsets(classes: Uint8Array): number[] {
  const starts: number[] = [];
  let silent = 0;
  classes.forEach((value, frame) => {
    if (value !== SILENCE && silent >= 10) starts.push(frame);
    silent = value === SILENCE ? silent + 1 : 0;
  });
  return starts;
}

/** Share of the closures of the lips that are true of which any frame was found, and of those found that are true. */
export function closureScores({ found, truth }: Comparison): {
  recall: number;
  precision: number;
  count: number;
} {
  const bilabial = new Set([SOUND_CLASSES.indexOf("p"), SOUND_CLASSES.indexOf("m")]);
  const share = (of: Uint8Array, among: Uint8Array): [number, number] => {
    let [hits, count] = [0, 0];
    for (let start = 0; start < of.length; start++) {
      if (!bilabial.has(of[start]!) || bilabial.has(of[start - 1] ?? -1)) continue;
      let end = start;
      while (end < of.length && bilabial.has(of[end]!)) end++;
      count++;
      // Two frames of tolerance: neither truth is exact to a frame.
      if (among.subarray(Math.max(0, start - 2), end + 2).some((value) => bilabial.has(value))) hits++;
    }
    return [count === 0 ? 1 : hits / count, count];
  };
  const [recall, count] = share(truth, found);
  return { recall, precision: share(found, truth)[0], count };
}

function frames(stretch: readonly TimedSound[]): [number, number] {
  return [Math.round(stretch[0]!.start / FRAME_SECONDS), Math.round(stretch.at(-1)!.end / FRAME_SECONDS)];
}
