import { join } from "node:path";
import type { App } from "../../src/app/index.js";
import { decodePhoto, loadAsset } from "../../src/assets/index.js";
import { createFrameRenderer, planFraming } from "../../src/frames/index.js";
import { parseTalkRequest, type TalkResult } from "../../src/index.js";
import { FRAME_RATE } from "../../src/performance/index.js";
import type { Resolution, TalkingStyle } from "../../src/request/index.js";
import { encodeVideo } from "../../src/video/index.js";
import { performPoses } from "../../test/support/hand-made-performance.js";
import type { Clip } from "./clip.js";
import { type PersonAt, watchVideo } from "./watch-video.js";

/** What is said: a text, or a recording. */
export type Utterance = { readonly name: string } & (
  | { readonly prompt: string }
  | { readonly recording: string }
);

/** How clips are made. */
export type ClipSettings = {
  readonly resolution: Resolution;
  readonly seed: number;
  /** Where the videos lie. */
  readonly folder: string;
};

/** One portrait's video, made, decoded and watched. */
export async function makeClip(
  app: App,
  image: string,
  utterance: Utterance,
  style: TalkingStyle,
  settings: ClipSettings,
  control: Clip | null,
): Promise<{ clip: Clip; talk: TalkResult; path: string }> {
  const said = "prompt" in utterance ? { prompt: utterance.prompt } : { audio_url: utterance.recording };
  const request = parseTalkRequest({
    image_url: image,
    ...said,
    talking_style: style,
    resolution: settings.resolution,
    aspect_ratio: "1:1",
    seed: settings.seed,
  });
  const path = join(settings.folder, `${utterance.name}-${style}.mp4`);
  const talk = await app.talk(request, { outPath: path, allowLocalPaths: true });
  const watched = await watchVideo(path, personIn(talk));
  const isSynthetic = "prompt" in utterance;
  const clip: Clip = {
    name: `${utterance.name} ${style}`,
    ...watched,
    phonemes: isSynthetic ? talk.speech.phonemes : null,
    plannedGap: plannedGap(talk),
    control,
  };
  return { clip, talk, path };
}

/** Where the matte says that the person is, in parts of the frame. */
function personIn({ rig, framing }: Pick<TalkResult, "rig" | "framing">): PersonAt {
  const { matte } = rig;
  return (x, y) => {
    const u = (framing.left + (x * framing.width) / framing.scale) / rig.width;
    const v = (framing.top + (y * framing.height) / framing.scale) / rig.height;
    // What lies beyond the photo is a continuation of it, and moves with what it continues.
    const column = Math.min(matte.width - 1, Math.max(0, Math.floor(u * matte.width)));
    const row = Math.min(matte.height - 1, Math.max(0, Math.floor(v * matte.height)));
    return matte.data[row * matte.width + column]! / 255;
  };
}

/** The gap that the lips of this face are to have: where the mouth rests, the photo's own. */
function plannedGap({ rig, performance }: TalkResult): number[] {
  const { lipGap, articulation } = performance.curves;
  const photo = rig.mouth.isOpen ? rig.mouth.gap : 0;
  return Array.from(lipGap, (gap, f) => photo + (gap - photo) * articulation[f]!);
}

/** The photo as a still video of the same size by the same encoder: shows what measuring alone finds. */
export async function makeControl(
  image: string,
  talk: Pick<TalkResult, "rig">,
  settings: ClipSettings,
): Promise<Clip> {
  const field = ["image_url"];
  const photo = await decodePhoto(await loadAsset(image, { field, allowLocalPaths: true }), { field });
  const framing = planFraming(talk.rig, photo, {
    resolution: settings.resolution,
    aspectRatio: "1:1",
    fit: null,
  });
  const frameCount = 2 * FRAME_RATE;
  const renderer = await createFrameRenderer({
    rig: talk.rig,
    photo,
    framing,
    performance: performPoses(Array.from({ length: frameCount }, () => ({}))),
  });
  const path = join(settings.folder, "still.mp4");
  await encodeVideo({
    renderer,
    frameCount,
    frameRate: FRAME_RATE,
    samples: new Float32Array(2 * 48_000),
    sampleRate: 48_000,
    path,
  });
  const watched = await watchVideo(path, personIn({ rig: talk.rig, framing }));
  return { name: "still", ...watched, phonemes: null, plannedGap: null, control: null };
}
