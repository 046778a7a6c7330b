/**
 * Renders every portrait of a folder with one sentence, and what one wants to look at first: a contact sheet of
 * the extremes of mouth, lids and head, and a page with the videos.
 *
 * Usage: `npm run gallery -- --in DIR --out DIR [--prompt TEXT] [--only p01,p05] [--poses-only]
 * [--aspect-ratio 16:9] [--background 00FF00|image:FILE|video:FILE] [--caption]`
 *
 * `--poses` chooses what the sheet shows: usual, visemes, eyes, head, brows or expressions, or `START:COUNT`, so many
 * consecutive frames of the video; `--region` how much of it: face, mouth, eyes or frame; `--cell` how large, pixels.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { App } from "../src/app/index.js";
import { decodePhoto, loadAsset, type Photo } from "../src/assets/index.js";
import { createFrameRenderer, planFraming } from "../src/frames/index.js";
import type { Performance } from "../src/performance/index.js";
import { analysePortrait, cutOutPerson, type Rig } from "../src/portrait/index.js";
import { ASPECT_RATIOS, type AspectRatio, type Background, parseTalkRequest } from "../src/request/index.js";
import { AssetError, InputError, ParlanteError, throwIfCancelled } from "../src/shared/errors.js";
import { cropOf, cropPicture, REGIONS, type Region } from "./gallery/frame-picture.js";
import { CELL, contactSheet, type GalleryEntry, galleryPage } from "./gallery/gallery-page.js";
import { POSE_SETS, performanceOf } from "./gallery/poses.js";
import { openBackground, parseBackground } from "./gallery/stand-before.js";

const PROMPT =
  "Hey friends! Welcome to the GPU force podcast and today we are going to discuss about the rising GPU cost!";
const PICTURES = /\.(?:jpe?g|png|webp|gif|avif|tiff?|bmp|heic)$/i;
const FIELD = ["image_url"];

type Settings = {
  inDir: string;
  outDir: string;
  prompt: string;
  only: string[] | null;
  posesOnly: boolean;
  poses: Poses;
  region: Region;
  cell: number;
  aspectRatio: AspectRatio;
  background: Background | null;
  caption: boolean;
};

/** A set of poses, or consecutive frames of the video. */
type Poses = { readonly set: string } | { readonly start: number; readonly count: number };

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      in: { type: "string", default: "samples" },
      out: { type: "string", default: "gallery" },
      prompt: { type: "string", default: PROMPT },
      only: { type: "string" },
      "poses-only": { type: "boolean", default: false },
      poses: { type: "string", default: "usual" },
      region: { type: "string", default: "face" },
      cell: { type: "string", default: String(CELL) },
      "aspect-ratio": { type: "string", default: "1:1" },
      background: { type: "string" },
      caption: { type: "boolean", default: false },
    },
  });
  const region = REGIONS.find((name) => name === values.region);
  if (region === undefined) throw new Error(`--region is one of ${REGIONS.join(", ")}.`);
  const aspectRatio = ASPECT_RATIOS.find((name) => name === values["aspect-ratio"]);
  if (aspectRatio === undefined) throw new Error(`--aspect-ratio is one of ${ASPECT_RATIOS.join(", ")}.`);
  const cell = Number(values.cell);
  if (!Number.isInteger(cell) || cell < 16 || cell > 2000) throw new Error("--cell is from 16 to 2000.");
  return {
    inDir: resolve(values.in),
    outDir: resolve(values.out),
    prompt: values.prompt,
    only: values.only?.split(",").map((part) => part.trim()) ?? null,
    posesOnly: values["poses-only"],
    poses: readPoses(values.poses),
    region,
    cell,
    aspectRatio,
    background: parseBackground(values.background),
    caption: values.caption,
  };
}

function readPoses(value: string): Poses {
  const frames = /^(\d{1,6}):(\d{1,2})$/.exec(value);
  if (frames !== null) return { start: Number(frames[1]), count: Number(frames[2]) };
  if (!Object.hasOwn(POSE_SETS, value)) {
    throw new Error(`--poses is one of ${Object.keys(POSE_SETS).join(", ")}, or START:COUNT.`);
  }
  return { set: value };
}

function namesOf(poses: Poses): string[] {
  if ("set" in poses) return POSE_SETS[poses.set]!().map(({ name }) => name);
  return Array.from({ length: poses.count }, (_, i) => `frame ${poses.start + i}`);
}

async function main(settings: Settings, signal: AbortSignal): Promise<void> {
  const files = (await readdir(settings.inDir)).filter((file) => PICTURES.test(file)).sort();
  const chosen = files.filter((file) => settings.only?.some((start) => file.startsWith(start)) ?? true);
  if (chosen.length === 0) throw new Error(`There is no picture to render in ${settings.inDir}.`);
  await mkdir(join(settings.outDir, "poses"), { recursive: true });
  // Poses alone need neither codecs nor voices.
  const app =
    settings.posesOnly && "set" in settings.poses ? null : (await import("../src/app/index.js")).createApp();
  const entries: GalleryEntry[] = [];
  const poseNames = namesOf(settings.poses);
  try {
    for (const file of chosen) {
      const entry = await renderEntry(app, file, settings, signal);
      throwIfCancelled(signal);
      entries.push(entry);
      console.log(
        `${file}: ${entry.problem === null ? "done" : `${entry.problem.kind}: ${entry.problem.message}`}`,
      );
      // Rewritten after each portrait: the first ones can be looked at while the rest is on its way.
      await writeFile(
        join(settings.outDir, "sheet.png"),
        await contactSheet(entries, poseNames, settings.cell),
      );
      await writeFile(join(settings.outDir, "index.html"), galleryPage(entries, poseNames, settings.prompt));
    }
  } finally {
    await app?.close();
  }
  console.log(`${join(settings.outDir, "index.html")}\n${join(settings.outDir, "sheet.png")}`);
}

/** One portrait; what goes wrong with it is part of the result. */
async function renderEntry(
  app: App | null,
  file: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<GalleryEntry> {
  const name = parse(file).name + (parse(file).ext === ".png" ? "" : parse(file).ext.replace(".", "_"));
  const path = join(settings.inDir, file);
  const empty: GalleryEntry = { name, pictures: [], video: null, warnings: [], problem: null, facts: [] };
  let entry = empty;
  try {
    const asset = await loadAsset(path, { field: FIELD, allowLocalPaths: true, signal });
    const photo = await decodePhoto(asset, { field: FIELD, signal });
    const rig = await analysePortrait(photo, { signal });
    const posed = "set" in settings.poses ? performanceOf(POSE_SETS[settings.poses.set]!()) : null;
    const keep = async (pictures: Buffer[]): Promise<void> => {
      await Promise.all(
        pictures.map((png, i) => writeFile(join(settings.outDir, "poses", `${name}-${i}.png`), png)),
      );
      entry = { ...entry, pictures };
    };
    entry = { ...empty, warnings: [...photo.warnings, ...rig.warnings] };
    if (posed !== null) await keep(await renderFrames(rig, photo, posed, 0, posed.frameCount, settings));
    if (app === null) return entry;
    const { prompt, aspectRatio: aspect_ratio, background, caption } = settings;
    const request = parseTalkRequest({ image_url: path, prompt, aspect_ratio, background, caption });
    const outPath = join(settings.outDir, `${name}.mp4`);
    const talk = await app.talk(request, { outPath, allowLocalPaths: true, signal });
    if (!("set" in settings.poses)) {
      const { start, count } = settings.poses;
      await keep(await renderFrames(rig, photo, talk.performance, start, count, settings));
    }
    const speed = talk.duration / talk.timings.render;
    return {
      ...entry,
      video: `${name}.mp4`,
      warnings: talk.warnings,
      facts: [
        `${talk.duration.toFixed(1)} s of video in ${talk.timings.total.toFixed(1)} s; rendering ${speed.toFixed(1)} times real time`,
        `detector score ${rig.detectionScore.toFixed(2)}, ${rig.head.eyeDistance.toFixed(0)} px between the eyes`,
      ],
    };
  } catch (error) {
    return { ...entry, problem: describeProblem(error) };
  }
}

/** Frames as the video would show them, cropped to a region. */
async function renderFrames(
  rig: Rig,
  photo: Photo,
  performance: Performance,
  start: number,
  count: number,
  { region, cell, aspectRatio, background }: Settings,
): Promise<Buffer[]> {
  const resolution = region === "mouth" || region === "eyes" ? "1080p" : "720p";
  const replacesBackground = background !== null;
  const framing = planFraming(rig, photo, { resolution, aspectRatio, fit: null, replacesBackground });
  const opened = background === null ? null : await openBackground(background, framing);
  try {
    const renderer = await createFrameRenderer({
      rig,
      photo: opened === null ? photo : await cutOutPerson(photo, rig),
      framing,
      performance,
      ...(opened === null ? {} : { background: opened.background }),
    });
    const crop = cropOf(region, rig, framing);
    const pictures: Buffer[] = [];
    for (let i = start; i < start + count && i < performance.frameCount; i++) {
      await renderer.prepare?.(i);
      pictures.push(await cropPicture(renderer.render(i), crop, cell));
    }
    return pictures;
  } finally {
    await opened?.close();
  }
}

function describeProblem(error: unknown): NonNullable<GalleryEntry["problem"]> {
  const kind = error instanceof AssetError || error instanceof InputError ? "refused" : "failed";
  if (error instanceof ParlanteError) return { kind, message: `${error.code}: ${error.message}` };
  return { kind, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
try {
  await main(readSettings(), controller.signal);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
