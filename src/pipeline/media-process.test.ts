import { fork } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTracks } from "../../test/support/read-video.js";
import { rms, tone, wavFile } from "../../test/support/wav.js";
import { AssetError, CancelledError, DeadlineError, EngineError } from "../shared/errors.js";
import { readSamples } from "../shared/sample-file.js";
import type { RenderJob } from "./media-messages.js";
import { type MediaProcess, startMediaProcess } from "./media-process.js";

const ENTRY = new URL("../../test/support/gradient-media-child.ts", import.meta.url);
const SILENT_ENTRY = new URL("../../test/support/silent-media-child.ts", import.meta.url);

let directory: string;
let media: MediaProcess;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
  media = startMediaProcess({ entry: ENTRY });
});
afterEach(async () => {
  await media.close();
  await rm(directory, { recursive: true, force: true });
});

/** A job for the gradient renderer, which looks at nothing but the size. */
function aJob(frameCount: number, version = 1): RenderJob {
  return {
    rig: { version },
    photo: { width: 2, height: 2, rgb: new Uint8Array(12) },
    framing: { width: 640, height: 360 },
    performance: { frameCount },
    samples: tone(0.2),
    sampleRate: 48_000,
    frameRate: 25,
    path: join(directory, "video.mp4"),
    partPath: join(directory, "video.mp4.part"),
    threads: 1,
  } as unknown as RenderJob;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function waitUntil(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !condition(); i++) await delay(50);
}

describe("startMediaProcess", () => {
  it("renders in a process of its own and tells how far it is, at most about ten times a second", async () => {
    const frames: number[] = [];
    const start = performance.now();
    const { video, timings } = await media.render(aJob(150), { onFrame: (frame) => frames.push(frame) });
    const seconds = (performance.now() - start) / 1000;
    expect((await readTracks(video.path))[0]!.packets).toBe(150);
    expect(frames.at(-1)).toBe(150);
    expect(frames).toEqual([...frames].sort((a, b) => a - b));
    expect(frames.length).toBeLessThanOrEqual(seconds * 10 + 2);
    expect(timings.firstFrame).toBeGreaterThan(0);
    expect(timings.total).toBeLessThan(seconds);
    expect(media.pid).not.toBe(process.pid);
  });

  it("does one job after the other", async () => {
    const { sound, gain, warnings } = await media.decodeAudio({
      bytes: wavFile([tone(0.5)]),
      sampleRate: 48_000,
      field: ["audio_url"],
      input: "a.wav",
      path: join(directory, "sound.f32"),
    });
    expect({ gain, warnings }).toEqual({ gain: 1, warnings: [] });
    const samples = await readSamples(sound);
    expect(samples.length).toBe(24_000);
    expect(rms(samples)).toBeCloseTo(0.3535, 2);
    await expect(media.render(aJob(10))).resolves.toMatchObject({ video: { frameCount: 10 } });
  });

  it("keeps the class and the details of an error on its way", async () => {
    const path = join(directory, "sound.f32");
    const job = { bytes: new Uint8Array(0), sampleRate: 48_000, field: ["audio_url"], input: "a.wav", path };
    const error = await media.decodeAudio(job).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AssetError);
    expect(error).toMatchObject({
      code: "unsupported_audio_format",
      status: 422,
      retryable: false,
      details: { field: ["audio_url"], input: "a.wav" },
    });
  });

  it("survives an error in the renderer, and says where it was", async () => {
    const error = await media.render(aJob(10, -1)).catch((caught: unknown) => caught);
    expect((error as Error).message).toBe("no such rig");
    expect((error as Error).stack).toContain("gradient-media-child");
    await expect(media.render(aJob(10))).resolves.toMatchObject({ video: { frameCount: 10 } });
  });

  it.each(["SIGKILL", "SIGSEGV"] as const)(
    "turns a process killed by %s into an error and leaves no file",
    async (signal) => {
      const rendering = media.render(aJob(100_000), {
        onFrame: () => process.kill(media.pid!, signal),
      });
      const error = await rendering.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(EngineError);
      expect((error as EngineError).message).toContain(signal);
      expect((error as EngineError).retryable).toBe(true);
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it("ends within 200 ms of being cancelled and leaves no file", async () => {
    const cancel = new AbortController();
    let cancelledAt = 0;
    const rendering = media.render(aJob(100_000), {
      signal: cancel.signal,
      onFrame: () => {
        if (cancelledAt > 0) return;
        cancelledAt = performance.now();
        cancel.abort();
      },
    });
    await expect(rendering).rejects.toBeInstanceOf(CancelledError);
    expect(performance.now() - cancelledAt).toBeLessThan(200);
    expect(isAlive(media.pid!)).toBe(false);
    expect(await readdir(directory)).toEqual([]);
  });

  it("gives up on a process that says nothing", async () => {
    const silent = startMediaProcess({ entry: SILENT_ENTRY, silenceLimit: 2 });
    const error = await silent.render(aJob(10)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeadlineError);
    expect((error as DeadlineError).message).toContain("2 s");
    expect(isAlive(silent.pid!)).toBe(false);
  });

  it("reports a program that cannot be started, with its last words", async () => {
    const broken = startMediaProcess({ entry: new URL("./no-such-file.ts", import.meta.url) });
    const error = await broken.render(aJob(10)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).details.context?.stderr).toContain("no-such-file");
  });

  it("can be closed twice, and refuses work afterwards", async () => {
    await media.close();
    await media.close();
    await expect(media.render(aJob(10))).rejects.toBeInstanceOf(EngineError);
  });

  it("ends, and removes what it has begun, when the program that started it dies", async () => {
    const workspace = join(directory, "workspace");
    const reportPath = join(directory, "report.json");
    const parentEntry = fileURLToPath(new URL("../../test/support/dying-parent.ts", import.meta.url));
    const parent = fork(parentEntry, [ENTRY.href, workspace, reportPath], {
      execArgv: ["--import", import.meta.resolve("tsx")],
      stdio: "ignore",
    });
    let childPid = 0;
    for (let i = 0; i < 200 && childPid === 0; i++) {
      await delay(50);
      childPid = await readFile(reportPath, "utf8").then(
        (text) => Number(text),
        () => 0,
      );
    }
    expect(isAlive(childPid)).toBe(true);
    parent.kill("SIGKILL");
    await waitUntil(() => !isAlive(childPid));
    expect(isAlive(childPid)).toBe(false);
    expect(await readdir(directory)).toEqual(["report.json"]);
  });
});
