/** The sample that the hosted service publishes for this model; only the photo and what it prints come from outside. */
import { fal } from "@fal-ai/client";

const photo = await fal.storage.upload(
  new Blob([await (await fetch(process.argv[2]!)).arrayBuffer()], { type: "image/png" }),
);

const result = await fal.subscribe("fal-ai/heygen/avatar4/image-to-video", {
  input: {
    image_url: photo,
  },
  logs: true,
  onQueueUpdate: (update) => {
    if (update.status === "IN_PROGRESS") {
      // biome-ignore lint/suspicious/useIterableCallbackReturn: it is published like this
      update.logs.map((log) => log.message).forEach((message) => console.log(message));
    }
  },
});
const video = await fetch(result.data.video.url);
const bytes = (await video.arrayBuffer()).byteLength;
console.log(JSON.stringify({ photo, bytes, data: result.data, requestId: result.requestId }));
