import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tone } from "../../test/support/wav.js";
import { writeSamples } from "../shared/sample-file.js";
import type { RenderJob } from "./media-messages.js";
import { startMediaProcess } from "./media-process.js";

const ENTRY = new URL("../../test/support/gradient-media-child.ts", import.meta.url);
const SAMPLE_RATE = 48_000;
const FRAME_RATE = 25;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Largest resident memory of a media process that makes a small video of so many seconds, bytes. */
async function peakOf(seconds: number): Promise<number> {
  const media = startMediaProcess({ entry: ENTRY });
  const second = tone(1);
  const samples = new Float32Array(seconds * SAMPLE_RATE);
  for (let i = 0; i < seconds; i++) samples.set(second, i * SAMPLE_RATE);
  const frameCount = seconds * FRAME_RATE;
  const curves = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`curve${i}`, new Float32Array(frameCount)]),
  );
  try {
    await media.render({
      rig: { version: 1 },
      photo: { width: 2, height: 2, rgb: new Uint8Array(12) },
      framing: { width: 160, height: 96 },
      performance: { frameCount, curves },
      samples: await writeSamples(join(directory, "sound.f32"), samples),
      sampleRate: SAMPLE_RATE,
      frameRate: FRAME_RATE,
      path: join(directory, "video.mp4"),
      partPath: join(directory, "video.mp4.part"),
      threads: 2,
    } as unknown as RenderJob);
    const status = await readFile(`/proc/${media.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) * 1024;
  } finally {
    await media.close();
  }
}

describe.skipIf(!existsSync("/proc/self/status"))("the memory of the media process", () => {
  it("is within 15 % the same for 10 s and for 5 min", { timeout: 60_000 }, async () => {
    const short = await peakOf(10);
    const long = await peakOf(300);
    // A second of 48 kHz sound has 192 kB; kept once, five minutes of it would be 58 MB.
    expect(long).toBeLessThan(short * 1.15);
  });
});
