// What can go wrong has a class and a stable code; what takes too long can be stopped, and leaves nothing behind.
//   node --import tsx examples/errors-and-cancelling.ts photo.jpg
import { AssetError, CancelledError, createApp, InputError, parseTalkRequest } from "../src/index.js";

const [photo = "samples/portrait.png"] = process.argv.slice(2);

const app = createApp();
try {
  const request = parseTalkRequest({ image_url: photo, prompt: "This may take a while." });
  const signal = AbortSignal.timeout(60_000);
  const { video } = await app.talk(request, { outPath: "talk.mp4", allowLocalPaths: true, signal });
  console.log(`${video.fileName}: ${video.sizeBytes} bytes`);
} catch (error) {
  if (error instanceof InputError || error instanceof AssetError) {
    // e.g. `face_detection_error`: the message names the field, the limit and the cure.
    console.error(`${error.code}: ${error.message}`);
  } else if (error instanceof CancelledError) console.error("Stopped after a minute.");
  else throw error;
} finally {
  await app.close();
}
