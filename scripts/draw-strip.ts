/**
 * Draws `docs/hello.png`, the picture of the README: frames of the bundled portrait speaking, each under the sound
 * that it makes.
 *
 * Usage: `node --import tsx scripts/draw-strip.ts [file.png]`
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { decodePhoto, loadAsset } from "../src/assets/index.js";
import { createFrameRenderer, planFraming } from "../src/frames/index.js";
import { FRAME_RATE, perform } from "../src/performance/index.js";
import { analysePortrait } from "../src/portrait/index.js";
import { type Speech, synthesizeSpeech } from "../src/speech/index.js";
import { cropOf, cropPicture } from "./gallery/frame-picture.js";

const PROMPT = "Hello! I am a drawing, and I can speak.";
/** Sounds worth a picture, in the order in which the prompt has them. */
const SOUNDS = ["ow", "ay", "m", "ao", "ng", "ae", "s", "iy"];
const CELL = 216;
const CAPTION = 34;

/** The middle of each sound, searched one after the other; sounds that the voice left out are skipped. */
function momentsOf(speech: Speech): { word: string; sound: string; time: number }[] {
  const moments: { word: string; sound: string; time: number }[] = [];
  let from = 0;
  for (const sound of SOUNDS) {
    const found = speech.phonemes.find(({ symbol, start }) => symbol === sound && start >= from);
    if (found === undefined) continue;
    from = found.end;
    const word = speech.words[found.word]?.text ?? "";
    moments.push({ word, sound, time: (found.start + found.end) / 2 });
  }
  return moments;
}

async function drawStrip(): Promise<Buffer> {
  const sample = fileURLToPath(new URL("../samples/portrait.png", import.meta.url));
  const field = ["image_url"];
  const photo = await decodePhoto(await loadAsset(sample, { field, allowLocalPaths: true }), { field });
  const rig = await analysePortrait(photo);
  const speech = await synthesizeSpeech({ prompt: PROMPT, voice: null });
  const performance = perform(speech, { talkingStyle: "stable", expression: null, seed: 0 });
  const framing = planFraming(rig, photo, { resolution: "720p", aspectRatio: "1:1", fit: null });
  const renderer = await createFrameRenderer({ rig, photo, framing, performance });
  const moments = momentsOf(speech);
  const crop = cropOf("face", rig, framing);
  const layers = [];
  for (const [i, moment] of moments.entries()) {
    const frame = renderer.render(Math.round(moment.time * FRAME_RATE));
    layers.push({ input: await cropPicture(frame, crop, CELL), left: i * CELL, top: 0 });
    layers.push({ input: caption(moment.word, moment.sound), left: i * CELL, top: CELL });
  }
  const size = { width: CELL * moments.length, height: CELL + CAPTION };
  const sheet = sharp({ create: { ...size, channels: 3, background: "#ffffff" } }).composite(layers);
  return sheet.png({ palette: true, quality: 95, effort: 10 }).toBuffer();
}

function caption(word: string, sound: string): Buffer {
  const text = (x: number, anchor: string, fill: string, value: string): string =>
    `<text x="${x}" y="23" font-family="sans-serif" font-size="17" text-anchor="${anchor}" fill="${fill}">${value}</text>`;
  const clean = word.replace(/[^\p{L}']/gu, "");
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${CELL}" height="${CAPTION}">${text(CELL / 2 - 6, "end", "#222", clean)}${text(CELL / 2 + 6, "start", "#888", `/${sound}/`)}</svg>`,
  );
}

const target = process.argv[2] ?? fileURLToPath(new URL("../docs/hello.png", import.meta.url));
await writeFile(target, await drawStrip());
