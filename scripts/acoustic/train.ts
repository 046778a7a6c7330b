/**
 * Trains the acoustic model on speech of its own making and writes its weights: `npm run train:acoustic`.
 *
 * Options: `--steps N`, `--minutes N` of training speech, `--seed N`, `--out FILE`.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createWasmTensorKernels } from "../../src/portrait/tflite/wasm-tensor-kernels.js";
import { createRandom, type Random } from "../../src/shared/random.js";
import { hearSounds } from "../../src/speech/acoustic/hear-sounds.js";
import { MEL_BANDS } from "../../src/speech/acoustic/mel-features.js";
import { encodeModel } from "../../src/speech/acoustic/model-file.js";
import { REACH } from "../../src/speech/acoustic/network.js";
import { SILENCE, SOUND_CLASSES } from "../../src/speech/acoustic/sound-classes.js";
import { SAMPLE_RATE } from "../../src/speech/index.js";
import { augment, type Example, plainExample, voiceless } from "./augment.js";
import { makeCorpus, type Source, type Utterance } from "./corpus.js";
import { accuracyOf, frameAccuracy, summary, together } from "./evaluate.js";
import { compareAligned, compareFree, readRealClips } from "./real-clips.js";
import { Trainer } from "./trainer.js";

const CHUNKS = 12;
const CHUNK_FRAMES = 160 + 2 * REACH;
const PEAK_RATE = 2e-3;
const WARM_UP_STEPS = 100;
/** Share of what is heard that has no voice in it. */
const VOICELESS = 0.07;
/** Closures are short, and those that everybody sees. */
const CLASS_WEIGHTS = SOUND_CLASSES.map((name) =>
  ["p", "m", "f"].includes(name) ? 1.35 : name === "pau" ? 0.8 : 1,
);
const KERNEL_BYTES = 2 ** 29;

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "6000" },
    minutes: { type: "string", default: "150" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "models/acoustic.bin" },
  },
});
const [steps, minutes, seed] = [Number(values.steps), Number(values.minutes), Number(values.seed)];
const log = (line: string): void => console.log(line);

const corpus = await makeCorpus({ flite: 0.6 * minutes, espeak: 0.4 * minutes, test: 3 }, seed, log);
const everyone = corpus.training.flatMap(({ utterances }) => utterances);
const random = createRandom(seed).fork("training");
const trainer = new Trainer(await createWasmTensorKernels(KERNEL_BYTES), {
  chunks: CHUNKS,
  chunkFrames: CHUNK_FRAMES,
  margin: REACH,
  classWeights: CLASS_WEIGHTS,
  random: random.fork("weights"),
});

const feed = createFeed();
const start = performance.now();
let loss = 0;
for (let step = 1; step <= steps; step++) {
  const { bands, labels } = feed();
  const decay = 0.5 + 0.5 * Math.cos((Math.PI * step) / steps);
  const rate = PEAK_RATE * Math.min(1, step / WARM_UP_STEPS) * (0.01 + 0.99 * decay);
  loss += trainer.step(bands, labels, rate);
  if (step % 100 === 0) {
    log(
      `step ${step}: loss ${(loss / 100).toFixed(3)}, ${((performance.now() - start) / 1000).toFixed(0)} s`,
    );
    loss = 0;
    if (step % 500 === 0) report();
  }
}
report();
await reportReal();
writeFileSync(values.out, encodeModel(trainer.network(logPrior())));

function report(): void {
  const network = trainer.network(logPrior());
  log(`held-out engine:   ${frameAccuracy(network, corpus.engine.map(plainExample))}`);
  log(`held-out language: ${frameAccuracy(network, corpus.language.map(plainExample))}`);
}

/** Recordings of people, where they are at hand. */
async function reportReal(): Promise<void> {
  const network = trainer.network(logPrior());
  const clips = await readRealClips();
  const heard = await Promise.all(clips.map(({ samples }) => hearSounds(samples, SAMPLE_RATE, { network })));
  if (clips.length === 0) return;
  const alone = together(clips.map((clip, i) => compareFree(clip, heard[i]!)));
  const aligned = together(clips.map((clip, i) => compareAligned(clip, heard[i]!)));
  log(`real recordings, sound alone: ${summary(accuracyOf(alone))}`);
  log(`real recordings, text known:  ${summary(accuracyOf(aligned))}`);
}

/** Batches of chunks; what an augmented example is longer than a chunk goes into the next ones. */
function createFeed(): () => { bands: Float32Array; labels: Uint8Array } {
  const bands = new Float32Array(CHUNKS * CHUNK_FRAMES * MEL_BANDS);
  const labels = new Uint8Array(CHUNKS * CHUNK_FRAMES);
  const waiting: Example[] = [];
  let count = 0;
  return () => {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      while (waiting.length < 3 * CHUNKS)
        waiting.push(...chunksOf(example(random.fork(`example ${count++}`))));
      const [taken] = waiting.splice(Math.floor(random.next() * waiting.length), 1);
      bands.set(taken!.bands, chunk * CHUNK_FRAMES * MEL_BANDS);
      labels.set(taken!.labels, chunk * CHUNK_FRAMES);
    }
    return { bands, labels };
  };
}

function example(draw: Random): Example {
  if (draw.next() < VOICELESS) return voiceless(600, draw);
  const source = pickSource(draw);
  const sentences: Utterance[] = [];
  for (let frames = 0; frames < 500; ) {
    const sentence = source.utterances[Math.floor(draw.next() * source.utterances.length)]!;
    sentences.push(sentence);
    frames += sentence.labels.length;
  }
  return augment(sentences, everyone, draw);
}

function pickSource(draw: Random): Source {
  const total = corpus.training.reduce((sum, { weight }) => sum + weight, 0);
  let rest = draw.next() * total;
  for (const source of corpus.training) {
    rest -= source.weight;
    if (rest < 0) return source;
  }
  return corpus.training[0]!;
}

/** Chunks that overlap by what is not judged at their ends. */
function chunksOf({ bands, labels }: Example): Example[] {
  const chunks: Example[] = [];
  for (let from = 0; from + CHUNK_FRAMES <= labels.length; from += CHUNK_FRAMES - 2 * REACH)
    chunks.push({
      bands: bands.subarray(from * MEL_BANDS, (from + CHUNK_FRAMES) * MEL_BANDS),
      labels: labels.subarray(from, from + CHUNK_FRAMES),
    });
  return chunks;
}

function logPrior(): Float32Array {
  const counts = new Float64Array(SOUND_CLASSES.length).fill(1);
  let total = SOUND_CLASSES.length;
  for (const { weight, utterances } of corpus.training)
    for (const { labels } of utterances)
      for (const label of labels) {
        counts[label]! += weight;
        total += weight;
      }
  counts[SILENCE]! += 0.1 * total;
  return Float32Array.from(counts, (count) => Math.log(count / (1.1 * total)));
}
