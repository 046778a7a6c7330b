// Writes a video and, beside it, its subtitles as WebVTT: the timeline of what is said comes with every result.
//   node --import tsx examples/subtitles.ts "First sentence. Second sentence." talk.mp4
import { writeFile } from "node:fs/promises";
import { createApp, parseTalkRequest } from "../src/index.js";

const [prompt = "This is one sentence. This is another.", outPath = "talk.mp4"] = process.argv.slice(2);

const app = createApp();
const request = parseTalkRequest({ image_url: "samples/portrait.png", prompt, resolution: "360p" });
const { speech } = await app.talk(request, { outPath, allowLocalPaths: true });
await app.close();

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 23);
const cues = speech.sentences.map(({ text, start, end }) => `${clock(start)} --> ${clock(end)}\n${text}\n`);
await writeFile(outPath.replace(/\.mp4$/, ".vtt"), ["WEBVTT\n", ...cues].join("\n"));
