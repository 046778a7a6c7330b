// A photo and a sentence become a video.
//   node --import tsx examples/hello.ts samples/portrait.png "Hello!" hello.mp4
// In a project of your own, import from "parlante".
import { createApp, parseTalkRequest } from "../src/index.js";

const [photo = "samples/portrait.png", prompt = "Hello!", outPath = "hello.mp4"] = process.argv.slice(2);

const app = createApp();
const request = parseTalkRequest({ image_url: photo, prompt, resolution: "540p", aspect_ratio: "1:1" });
const result = await app.talk(request, {
  outPath,
  allowLocalPaths: true,
  onProgress: ({ stage, overall }) => console.error(`${Math.round(overall * 100)} % ${stage}`),
});
console.log(`${result.video.path}: ${result.duration.toFixed(2)} s, ${result.frameCount} frames`);
await app.close();
