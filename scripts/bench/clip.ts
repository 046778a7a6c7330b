import sharp from "sharp";
import { decodePhoto, loadAsset, type Photo } from "../../src/assets/index.js";
import {
  CURVES,
  type CurveName,
  FRAME_RATE,
  type Performance,
  perform,
} from "../../src/performance/index.js";
import { SAMPLE_RATE, type Speech, synthesizeSpeech } from "../../src/speech/index.js";

/** Spoken one after another until the clip is long enough; the first three and a half take 10 s. */
const SENTENCES = [
  "Hello, and welcome back.",
  "Today I would like to show you how a single photo learns to speak, blink and look around.",
  "Every frame is drawn from the picture itself, while the video encoder works beside it.",
  "Maybe five or six people put a bet on which frame moves the most.",
  "Please watch my lips, my brows and my eyes, and tell me what you think of them.",
];

/** Sound and motion of one length, and the text that they were made from. */
export type Clip = {
  readonly prompt: string;
  readonly seconds: number;
  readonly samples: Float32Array;
  readonly performance: Performance;
  /** When which word is said. */
  readonly speech: Pick<Speech, "words" | "sentences" | "duration" | "source">;
};

/** A text that takes at least `seconds` to say, spoken and performed, both cut to exactly that length. */
export async function makeClip(seconds: number): Promise<Clip> {
  const prompt = await promptOfLength(seconds);
  const speech = await synthesizeSpeech({ prompt, voice: null });
  const performance = perform(speech, { talkingStyle: "stable", expression: null, seed: 0 });
  return {
    prompt,
    seconds,
    samples: speech.samples.slice(0, seconds * SAMPLE_RATE),
    performance: mapCurves(performance, seconds * FRAME_RATE, (curve) => curve),
    speech: cutWords(speech, seconds),
  };
}

/** The words that are said to the end. */
function cutWords({ words, sentences, source }: Speech, duration: number): Clip["speech"] {
  const kept = words.filter(({ end }) => end <= duration);
  return { words: kept, sentences, duration, source };
}

/** The clip again and again, `seconds` long: for what depends on the length only. */
export function tileClip(clip: Clip, seconds: number): Clip {
  const samples = new Float32Array(seconds * SAMPLE_RATE);
  for (let i = 0; i < samples.length; i++) samples[i] = clip.samples[i % clip.samples.length]!;
  const { frameCount } = clip.performance;
  const tiled = mapCurves(clip.performance, seconds * FRAME_RATE, (curve, length) =>
    Float32Array.from({ length }, (_, i) => curve[i % frameCount]!),
  );
  return { ...clip, seconds, samples, performance: tiled };
}

/** Reads a picture as the program does. */
export async function readPhoto(path: string): Promise<Photo> {
  const field = ["image_url"];
  return decodePhoto(await loadAsset(path, { allowLocalPaths: true, field }), { field });
}

/** The photo with its longer side brought to `side` pixels. */
export async function resizePhoto(photo: Photo, side: number): Promise<Photo> {
  if (Math.max(photo.width, photo.height) === side) return photo;
  const { data, info } = await sharp(photo.rgb, {
    raw: { width: photo.width, height: photo.height, channels: 3 },
  })
    .resize(side, side, { fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ...photo, width: info.width, height: info.height, rgb: new Uint8Array(data), alpha: null };
}

async function promptOfLength(seconds: number): Promise<string> {
  let prompt = "";
  for (let i = 0; ; i++) {
    prompt = `${prompt} ${SENTENCES[i % SENTENCES.length]!}`.trim();
    const { duration } = await synthesizeSpeech({ prompt, voice: null });
    if (duration >= seconds) return prompt;
  }
}

/** A performance of `frameCount` frames from another's curves; `change` may return longer curves. */
function mapCurves(
  performance: Performance,
  frameCount: number,
  change: (curve: Float32Array, length: number) => Float32Array,
): Performance {
  const names = Object.keys(CURVES) as CurveName[];
  const curves = names.map((name) => [
    name,
    change(performance.curves[name], frameCount).slice(0, frameCount),
  ]);
  return {
    frameCount,
    curves: Object.fromEntries(curves) as Performance["curves"],
    visemes: [],
    warnings: performance.warnings,
  };
}
