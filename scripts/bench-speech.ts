/**
 * Measures speech: how fast and how clear the voices are, and how well sounds are heard in real recordings.
 *
 * Usage: `npm run bench:speech -- [--voices NAME,NAME | --voices all] [--json FILE]`
 *
 * - *Real-time factor*: time to speak over the length of what is spoken, one sentence after the other, without starting
 *   the engine. Below .1 is the goal for the voices that come along; below .03 for the acoustic model.
 * - *Intelligibility*: share of wrong words (insertions, deletions and substitutions) that an offline recogniser makes of
 *   ten sentences. It needs `pocketsphinx_continuous` on the PATH (Debian: pocketsphinx, pocketsphinx-en-us); without it
 *   the column is empty and that is said. An old recogniser's errors are not a person's.
 * - *Clips*: recordings of `../shared/data/speech` whose sounds are known (`scripts/acoustic/real-phones.txt`), frame by
 *   frame over seven articulations, from sound alone and with the sounds given; closures of the lips; how far off the
 *   beginnings of speech are.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { editDistance } from "../src/shared/edit-distance.js";
import { hearSounds } from "../src/speech/acoustic/hear-sounds.js";
import { createEngineSet } from "../src/speech/engines/engine-set.js";
import { SAMPLE_RATE, type Speech, synthesizeSpeech, VOICES } from "../src/speech/index.js";
import { resample } from "../src/speech/signal/resample.js";
import { accuracyOf, type Comparison, together } from "./acoustic/evaluate.js";
import {
  closureScores,
  compareAligned,
  compareFree,
  onsetErrors,
  type RealClip,
  readRealClips,
} from "./acoustic/real-clips.js";
import { median } from "./bench/statistics.js";

/** Sentences in everyday words, rich in all sounds. */
const SENTENCES = [
  "The birch canoe slid on the smooth planks.",
  "Glue the sheet to the dark blue background.",
  "It is easy to tell the depth of a well.",
  "These days a chicken leg is a rare dish.",
  "Rice is often served in round bowls.",
  "The juice of lemons makes fine punch.",
  "The box was thrown beside the parked truck.",
  "Four hours of steady work faced us.",
  "A large size in stockings is hard to sell.",
  "The boy was there when the sun rose.",
];
const DEFAULT_VOICES =
  "slt,rms,awb,kal16,Melissa,Grace Elder,Cute Chloe - Friendly 😊,Radio Rick,Imposing Ian,Veteran Victor";
const RECOGNISER = "pocketsphinx_continuous";
const RECOGNISER_RATE = 16_000;

const { values } = parseArgs({
  options: { voices: { type: "string", default: DEFAULT_VOICES }, json: { type: "string" } },
});
const names = values.voices === "all" ? VOICES.map(({ name }) => name) : values.voices.split(",");

const hasRecogniser = await runs(RECOGNISER);
if (!hasRecogniser) console.log(`${RECOGNISER} is not on the PATH: intelligibility is not measured.\n`);
const workspace = await mkdtemp(join(tmpdir(), "parlante-bench-"));
try {
  const voices = await measureVoices();
  const clips = await measureClips();
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ voices, clips }, null, 2)}\n`);
} finally {
  await rm(workspace, { recursive: true, force: true });
}

async function measureVoices() {
  const rows = [];
  console.log("voice                        real-time  F0 median  F0 10-90 %  wrong words");
  for (const name of names) {
    const engines = createEngineSet();
    const spoken: Speech[] = [];
    // The first sentence starts the engine.
    await synthesizeSpeech({ prompt: "Ready.", voice: name }, { engines });
    const start = performance.now();
    for (const prompt of SENTENCES) spoken.push(await synthesizeSpeech({ prompt, voice: name }, { engines }));
    const seconds = (performance.now() - start) / 1000;
    await engines.close();
    const pitch = spoken
      .flatMap(({ melody }) => [...melody.f0Hz].filter((hertz) => hertz > 0))
      .sort((a, b) => a - b);
    const at = (share: number): number => pitch[Math.floor(share * (pitch.length - 1))] ?? 0;
    const row = {
      name,
      realTimeFactor: seconds / spoken.reduce((sum, { duration }) => sum + duration, 0),
      medianF0Hz: at(0.5),
      lowF0Hz: at(0.1),
      highF0Hz: at(0.9),
      wordErrorRate: hasRecogniser ? await wordErrors(spoken) : null,
    };
    rows.push(row);
    console.log(
      `${name.padEnd(28)} ${row.realTimeFactor.toFixed(3).padStart(9)} ${row.medianF0Hz.toFixed(0).padStart(7)} Hz ${`${row.lowF0Hz.toFixed(0)}-${row.highF0Hz.toFixed(0)} Hz`.padStart(12)} ${row.wordErrorRate?.toFixed(2).padStart(12) ?? ""}`,
    );
  }
  return rows;
}

async function measureClips() {
  const clips = await readRealClips();
  if (clips.length === 0) {
    console.log("\nThe recordings are absent: nothing is measured on them.");
    return [];
  }
  console.log(
    "\nclip                          sounds  7 seen  +text   closures recall/precision  +text        onset  listening",
  );
  const rows = [];
  const all: {
    free: Comparison;
    aligned: Comparison;
    listening: number;
  }[] = [];
  for (const clip of clips) {
    const measured = await measureClip(clip);
    all.push(measured);
    rows.push(clipRow(clip.file, measured));
  }
  const listening = median(all.map((one) => one.listening));
  rows.push(
    clipRow("all", {
      free: together(all.map(({ free }) => free)),
      aligned: together(all.map(({ aligned }) => aligned)),
      listening,
    }),
  );
  return rows;
}

async function measureClip(clip: RealClip) {
  await hearSounds(clip.samples.subarray(0, SAMPLE_RATE), SAMPLE_RATE);
  const start = performance.now();
  const scores = await hearSounds(clip.samples, SAMPLE_RATE);
  const listening = (performance.now() - start) / 1000 / (clip.samples.length / SAMPLE_RATE);
  return { free: compareFree(clip, scores), aligned: compareAligned(clip, scores), listening };
}

function clipRow(file: string, { free, aligned, listening }: Awaited<ReturnType<typeof measureClip>>) {
  const [alone, known] = [accuracyOf(free), accuracyOf(aligned)];
  const [closures, knownClosures] = [closureScores(free), closureScores(aligned)];
  const errors = onsetErrors(free);
  const row = {
    file,
    sounds: alone.sound,
    seen: alone.seen,
    seenWithText: known.seen,
    recall: Object.fromEntries(alone.recall),
    recallWithText: Object.fromEntries(known.recall),
    closures,
    closuresWithText: knownClosures,
    onsetErrorMs: errors.length === 0 ? null : 1000 * median(errors),
    realTimeFactor: listening,
  };
  const pair = ({ recall, precision }: typeof closures): string =>
    `${recall.toFixed(2)}/${precision.toFixed(2)}`;
  console.log(
    `${file.padEnd(28)} ${row.sounds.toFixed(3).padStart(7)} ${row.seen.toFixed(3).padStart(7)} ${row.seenWithText.toFixed(3).padStart(6)} ${`${pair(closures)} of ${closures.count}`.padStart(27)} ${pair(knownClosures).padStart(10)} ${(row.onsetErrorMs === null ? "" : `${row.onsetErrorMs.toFixed(0)} ms`).padStart(8)} ${listening.toFixed(4).padStart(10)}`,
  );
  console.log(
    `    frames: bilabial ${row.recall.bilabial!.toFixed(2)} (with text ${row.recallWithText.bilabial!.toFixed(2)}), lip-teeth ${row.recall["lip-teeth"]!.toFixed(2)} (${row.recallWithText["lip-teeth"]!.toFixed(2)}), open ${row.recall.open!.toFixed(2)}, wide ${row.recall.wide!.toFixed(2)}, round ${row.recall.round!.toFixed(2)}, rest ${row.recall.rest!.toFixed(2)}/${alone.precision.get("rest")!.toFixed(2)}`,
  );
  return row;
}

async function wordErrors(spoken: readonly Speech[]): Promise<number> {
  let [errors, words] = [0, 0];
  for (const [index, speech] of spoken.entries()) {
    const path = join(workspace, "sentence.raw");
    const sound = resample(speech.samples, SAMPLE_RATE, RECOGNISER_RATE);
    await writeFile(
      path,
      Int16Array.from(sound, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_767)))),
    );
    const { stdout } = await promisify(execFile)(RECOGNISER, ["-infile", path, "-logfn", "/dev/null"]);
    const wanted = plainWords(SENTENCES[index]!);
    errors += editDistance(wanted, plainWords(stdout));
    words += wanted.length;
  }
  return errors / words;
}

function plainWords(text: string): string[] {
  return text.toLowerCase().match(/[a-z']+/g) ?? [];
}

async function runs(program: string): Promise<boolean> {
  return promisify(execFile)(program, ["-version"])
    .then(() => true)
    .catch((error: { code?: unknown }) => error.code !== "ENOENT");
}
