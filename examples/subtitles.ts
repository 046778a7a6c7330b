// Writes a video and, beside it, its subtitles as WebVTT and SubRip: the captions come with every result.
//   node --import tsx examples/subtitles.ts "First sentence. Second sentence." talk.mp4
import { writeFile } from "node:fs/promises";
import { createApp, parseTalkRequest, toSrt, toVtt } from "../src/index.js";

const [prompt = "This is one sentence. This is another.", outPath = "talk.mp4"] = process.argv.slice(2);

const app = createApp();
const request = parseTalkRequest({ image_url: "samples/portrait.png", prompt, resolution: "360p" });
const { captions } = await app.talk(request, { outPath, allowLocalPaths: true });
await app.close();

await writeFile(outPath.replace(/\.mp4$/, ".vtt"), toVtt(captions, { wordTimes: true }));
await writeFile(outPath.replace(/\.mp4$/, ".srt"), toSrt(captions));
