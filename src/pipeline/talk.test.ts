import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeWhole } from "../../test/support/decode-whole.js";
import { decodePictures, readTracks } from "../../test/support/read-video.js";
import { syntheticSpeech } from "../../test/support/synthetic-speech.js";
import { rms, tone, wavFile } from "../../test/support/wav.js";
import type { Photo } from "../assets/index.js";
import { planFraming } from "../frames/plan-framing.js";
import { perform } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { TalkRequest } from "../request/index.js";
import { CancelledError, EngineError, InputError } from "../shared/errors.js";
import { silentSpeech } from "../speech/silence.js";
import { createLocalDiskStorage } from "../storage/index.js";
import { type MediaProcess, startMediaProcess } from "./media-process.js";
import { talk } from "./talk.js";
import type { TalkDependencies } from "./talk-dependencies.js";
import type { TalkNote } from "./talk-notes.js";
import { TALK_STAGES, type TalkProgress } from "./talk-options.js";

let directory: string;
let workspaces: string;
let outPath: string;
let started: MediaProcess[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
  workspaces = await mkdtemp(join(tmpdir(), "parlante-test-"));
  outPath = join(directory, "out.mp4");
  started = [];
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
  await rm(workspaces, { recursive: true, force: true });
});

function aRequest(changes: Partial<TalkRequest> = {}): TalkRequest {
  return {
    image: "face.png",
    prompt: "bob may vow",
    voice: null,
    audio: null,
    talkingStyle: "stable",
    expression: null,
    background: null,
    resolution: "360p",
    aspectRatio: "16:9",
    caption: false,
    extras: {
      language: null,
      seed: 1,
      outputFormat: "mp4",
      fit: null,
      captionStyle: "plain",
      captionTrack: false,
      extraOutputs: [],
      progressive: false,
    },
    ...changes,
  };
}

const PHOTO: Photo = {
  width: 1000,
  height: 800,
  rgb: new Uint8Array(0),
  alpha: null,
  sha256: "0",
  mediaType: "image/png",
  warnings: ["from the photo"],
};

/** What the framing and the gradient renderer look at. */
const RIG = {
  version: 1,
  landmarks: new Float32Array(478 * 3).fill(400),
  head: { eyeDistance: 40 },
  matte: { width: 0, height: 0, data: new Uint8Array(0), isGuess: false, opaque: null },
  warnings: ["from the rig", "from the photo"],
} as unknown as Rig;

/** Everything is real but for the portrait, whose analysis has its own tests, and the pictures, which are gradients. */
function parts(changes: Partial<TalkDependencies> = {}): TalkDependencies {
  return {
    loadAsset: async (source) => ({ bytes: wavFile([tone(1)]), sha256: "0", origin: source }),
    loadAssetFile: async (source) => ({ path: source, origin: source }),
    decodePhoto: async () => PHOTO,
    analysePortrait: async (_photo, { onProgress }) => {
      onProgress?.(0.5);
      return RIG;
    },
    cutOutPerson: async (photo) => photo,
    synthesizeSpeech: async ({ prompt }) => syntheticSpeech("b:.1 aa:.4 b:.1 aa:.4", { sentence: prompt }),
    speechFromRecording: async ({ samples }) => ({
      ...silentSpeech(samples.length / 48_000),
      samples,
      source: "recording",
    }),
    silentSpeech,
    perform,
    planFraming,
    startMediaProcess: (workspace) => {
      const media = startMediaProcess({
        entry: new URL("../../test/support/gradient-media-child.ts", import.meta.url),
        workspace,
      });
      started.push(media);
      return media;
    },
    storage: createLocalDiskStorage(),
    createWorkspace: () => mkdtemp(join(workspaces, "job-")),
    removeWorkspace: (path) => rm(path, { recursive: true, force: true }),
    threads: 1,
    now: () => performance.now() / 1000,
    ...changes,
  };
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(directory)).toEqual([]);
  expect(await readdir(workspaces)).toEqual([]);
  expect(started.some((media) => isAlive(media.pid))).toBe(false);
}

describe("talk", () => {
  it("makes a video as long as the speech, and tells what it is", async () => {
    const result = await talk(aRequest(), parts(), { outPath });
    const size = (await readFile(outPath)).length;
    expect(result.output.video).toEqual({
      url: `file://${outPath}`,
      content_type: "video/mp4",
      file_name: "out.mp4",
      file_size: size,
    });
    const longer = result.duration - result.speech.duration;
    expect(longer).toBeGreaterThanOrEqual(0);
    expect(longer).toBeLessThanOrEqual(0.04);
    const tracks = await readTracks(outPath);
    expect(tracks[0]!.packets).toBe(result.frameCount);
    expect(tracks[0]!.parameters).toMatchObject({ width: 640, height: 360 });
    expect(await readdir(workspaces)).toEqual([]);
    expect(isAlive(started[0]!.pid)).toBe(false);
  });

  it("collects the warnings of all stages, each once, and times every stage", async () => {
    const notes: TalkNote[] = [];
    const onNote = (note: TalkNote): void => void notes.push(note);
    const { warnings, timings, duration, frameCount } = await talk(aRequest(), parts(), { outPath, onNote });
    const told = notes.flatMap((note) => (note.type === "warning" ? [note.message] : []));
    expect(told.sort()).toEqual([...warnings].sort());
    expect(notes).toContainEqual({ type: "photo", width: 1000, height: 800 });
    expect(notes.at(-1)).toEqual({ type: "video", width: 640, height: 360, frameCount });
    const speech = notes.find((note) => note.type === "speech");
    expect(speech).toMatchObject({ source: "synthesis", duration: expect.closeTo(duration, 0) });
    expect(warnings.slice(0, 2)).toEqual(["from the photo", "from the rig"]);
    for (const stage of TALK_STAGES) expect(timings[stage]).toBeGreaterThanOrEqual(0);
    expect(timings.render).toBeGreaterThan(0);
    expect(timings.firstFrame).toBeLessThan(timings.total);
    expect(timings.total).toBeGreaterThanOrEqual(timings.render);
  });

  it("reports every stage from 0 to 1, and the whole without ever going back", async () => {
    const reports: TalkProgress[] = [];
    await talk(aRequest(), parts(), { outPath, onProgress: (progress) => reports.push(progress) });
    for (const stage of TALK_STAGES) {
      const fractions = reports.filter((report) => report.stage === stage).map((report) => report.fraction);
      expect(fractions[0]).toBe(0);
      expect(fractions.at(-1)).toBe(1);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    }
    const overall = reports.map((report) => report.overall);
    expect(overall).toEqual([...overall].sort((a, b) => a - b));
    expect(overall.at(-1)).toBeCloseTo(1, 9);
  });

  it("speaks a recording instead of the prompt", async () => {
    const result = await talk(aRequest({ audio: "voice.wav" }), parts(), { outPath });
    expect(result.speech.source).toBe("recording");
    const heard = await decodeWhole(await readFile(outPath));
    expect(rms(heard.samples.subarray(4800, 43_200))).toBeCloseTo(0.3535, 2);
    expect(result.frameCount).toBe(25);
  });

  it("makes a living portrait of 5 s when there is nothing to say", async () => {
    const result = await talk(aRequest({ prompt: null }), parts(), { outPath });
    expect(result.speech.source).toBe("silence");
    expect(result.duration).toBe(5);
    expect((await readTracks(outPath)).map((track) => track.kind)).toEqual(["video", "audio"]);
  });

  it("paints captions where words are known, and says why where they are not", async () => {
    const shown = await talk(aRequest({ caption: true }), parts(), { outPath });
    expect(shown.captions.cues.length).toBeGreaterThan(0);
    expect(shown.warnings.join()).not.toMatch(/captions/);
    const rows = async (path: string): Promise<number> => {
      let differing = 0;
      await decodePictures(path, ({ index, planes, strides }) => {
        if (index !== 10) return;
        // The gradient has no edges of its own.
        const row = planes[0]!.subarray(324 * strides[0]!, 324 * strides[0]! + 640);
        for (let x = 1; x < 640; x++) if (Math.abs(row[x]! - row[x - 1]!) > 60) differing++;
      });
      return differing;
    };
    expect(await rows(outPath)).toBeGreaterThan(4);
    const silent = await talk(aRequest({ caption: true, prompt: null }), parts(), { outPath });
    expect(silent.captions.cues).toEqual([]);
    expect(silent.warnings.join()).toMatch(/no captions.*`prompt`/);
    expect(await rows(outPath)).toBe(0);
  });

  it("stores what was asked for beside the video, and tells of each file", async () => {
    const { extras } = aRequest();
    const request = aRequest({ extras: { ...extras, extraOutputs: ["vtt", "srt", "gif", "poster"] } });
    const result = await talk(request, parts(), { outPath });
    const names = ["out.mp4", "out.poster.jpg", "out.preview.gif", "out.srt", "out.vtt"];
    expect((await readdir(directory)).sort()).toEqual(names);
    expect(result.extras.map(({ output }) => output)).toEqual(["vtt", "srt", "gif", "poster"]);
    expect(Object.keys(result.output)).toEqual([
      ...["video", "caption_file_vtt", "caption_file", "preview_gif", "poster"],
    ]);
    const srt = await readFile(join(directory, "out.srt"));
    expect(srt.toString()).toMatch(/^1\r\n00:00:00,\d+ --> /);
    expect(result.output.caption_file).toEqual({
      url: `file://${join(directory, "out.srt")}`,
      content_type: "application/x-subrip",
      file_name: "out.srt",
      file_size: srt.length,
    });
    expect(await readdir(workspaces)).toEqual([]);
  });

  it("writes the video while it is made where that was asked for, and removes it when it fails", async () => {
    const { extras } = aRequest();
    const request = aRequest({ extras: { ...extras, progressive: true } });
    const livePath = join(directory, "live.mp4");
    await talk(request, parts(), { outPath, livePath });
    expect((await readTracks(livePath))[0]!.packets).toBe((await readTracks(outPath))[0]!.packets);
    await rm(outPath);
    await rm(livePath);
    const talking = talk({ ...request, prompt: null }, parts({ silentSpeech: () => silentSpeech(300) }), {
      ...{ outPath, livePath },
      onProgress: ({ stage, fraction }) => {
        if (stage === "render" && fraction > 0 && fraction < 1) process.kill(started[1]!.pid!, "SIGKILL");
      },
    });
    await expect(talking).rejects.toThrow("SIGKILL");
    await expectNothingLeft();
  });

  it.each([
    [{ progressive: true, outputFormat: "mov" } as const, { livePath: "x" }, "index comes last"],
    [{ progressive: true }, {}, "livePath"],
  ])("refuses %o with %o", async (changes, options, message) => {
    const request = aRequest({ extras: { ...aRequest().extras, ...changes } });
    await expect(talk(request, parts(), { outPath, ...options })).rejects.toMatchObject({
      ...{ code: "value_error", message: expect.stringContaining(message) },
    });
  });

  it("refuses a place that cannot be written to before anything is started", async () => {
    const talking = talk(aRequest(), parts(), { outPath: join(directory, "missing", "out.mp4") });
    await expect(talking).rejects.toMatchObject({ code: "invalid_output_path" });
    expect(started).toEqual([]);
  });

  it("stops the speech when the portrait fails, and tells of the portrait", async () => {
    let stopped = false;
    const dependencies = parts({
      analysePortrait: async () => {
        throw new InputError("face_detection_error", "Could not detect face in the image");
      },
      synthesizeSpeech: (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            stopped = true;
            reject(new CancelledError());
          });
        }),
    });
    await expect(talk(aRequest(), dependencies, { outPath })).rejects.toMatchObject({
      code: "face_detection_error",
    });
    expect(stopped).toBe(true);
    await expectNothingLeft();
  });

  it.each(["portrait", "speech", "render"] as const)(
    "leaves neither file nor process when it is cancelled during %s",
    async (stage) => {
      const cancel = new AbortController();
      const dependencies = parts({ silentSpeech: () => silentSpeech(300) });
      const talking = talk(aRequest({ prompt: null }), dependencies, {
        outPath,
        signal: cancel.signal,
        onProgress: (progress) => {
          if (progress.stage === stage && (stage !== "render" || progress.fraction > 0)) cancel.abort();
        },
      });
      await expect(talking).rejects.toBeInstanceOf(CancelledError);
      await expectNothingLeft();
    },
  );

  it("turns a killed media process into an error, and leaves nothing", async () => {
    const dependencies = parts({ silentSpeech: () => silentSpeech(300) });
    const talking = talk(aRequest({ prompt: null }), dependencies, {
      outPath,
      onProgress: ({ stage, fraction }) => {
        if (stage === "render" && fraction > 0 && fraction < 1) process.kill(started[0]!.pid!, "SIGKILL");
      },
    });
    const error = await talking.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).message).toContain("SIGKILL");
    await expectNothingLeft();
  });
});
