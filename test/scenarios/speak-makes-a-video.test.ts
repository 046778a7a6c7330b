import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePictures, readTracks } from "../support/read-video.js";
import { type CliResult, createBench } from "../support/run-cli.js";

const bench = createBench();
afterAll(() => bench.remove());

type Span = { start: number; end: number };

async function framesHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await decodePictures(path, ({ planes }) => {
    for (const plane of planes) hash.update(plane);
  });
  return hash.digest("hex");
}

const COMMON = ["--prompt", "Bob made a map.", "--resolution", "360p", "--seed", "7"];

describe("parlante speak, without a photo at hand", () => {
  let run: CliResult;
  beforeAll(async () => {
    run = await bench.run(["speak", ...COMMON, "--out", "first.mp4", "--timeline", "first.json", "--json"]);
  });

  it("succeeds and says so by plain lines on standard error", () => {
    expect([run.exitCode, run.signal]).toEqual([0, null]);
    expect(run.stderr).toContain("render: ");
    expect(run.stderr).not.toContain("\r");
  });

  it("prints fal's output object and our facts as one line of JSON", () => {
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(1);
    const result = JSON.parse(run.stdout);
    expect(Object.keys(result).sort()).toEqual(["duration", "frame_count", "timings", "video", "warnings"]);
    expect(result.video).toEqual({
      url: pathToFileURL(bench.path("first.mp4")).href,
      content_type: "video/mp4",
      file_name: "first.mp4",
      file_size: statSync(bench.path("first.mp4")).size,
    });
    expect(result.duration).toBeCloseTo(result.frame_count / 25, 6);
    expect(result.timings.total).toBeGreaterThan(result.timings.render);
    expect(result.timings.first_frame).toBeGreaterThan(0);
    expect(result.warnings).toEqual([]);
  });

  it("writes a video that players understand, as long as the speech", async () => {
    const { frame_count } = JSON.parse(run.stdout);
    const tracks = await readTracks(bench.path("first.mp4"));
    const video = tracks.find(({ kind }) => kind === "video")!;
    const audio = tracks.find(({ kind }) => kind === "audio")!;
    expect(video).toMatchObject({ codec: "h264", packets: frame_count });
    expect(video.parameters).toMatchObject({ width: 640, height: 360 });
    expect(audio).toMatchObject({ codec: "aac" });
    expect(audio.parameters.sampleRate).toBe(48000);
    expect(Math.abs(video.duration - audio.duration)).toBeLessThanOrEqual(0.04);
    const timeline = JSON.parse(readFileSync(bench.path("first.json"), "utf8"));
    expect(video.duration).toBeGreaterThanOrEqual(timeline.phonemes.at(-1).end - 1e-6);
    expect(video.duration).toBeLessThanOrEqual(timeline.phonemes.at(-1).end + 0.04);
  });

  it("leaves nothing but the files that were asked for", () => {
    expect(readdirSync(bench.directory).sort()).toEqual(["first.json", "first.mp4", "tmp"]);
    expect(bench.leftovers()).toEqual([]);
  });

  it("the same seed gives the same frames again, another seed others", async () => {
    const again = await bench.run(["speak", ...COMMON, "--out", "again.mp4"]);
    // Without --json, standard output is the path alone.
    expect(again).toMatchObject({ exitCode: 0, stdout: "again.mp4\n" });
    await bench.run(["speak", ...COMMON.slice(0, -1), "8", "--out", "other.mp4"]);
    const first = await framesHash(bench.path("first.mp4"));
    expect(await framesHash(bench.path("again.mp4"))).toBe(first);
    expect(await framesHash(bench.path("other.mp4"))).not.toBe(first);
  });

  describe("the timeline", () => {
    let timeline: Record<string, never> & { frame_count: number };
    beforeAll(() => {
      timeline = JSON.parse(readFileSync(bench.path("first.json"), "utf8"));
    });

    it("holds the words as written", () => {
      const words = timeline.words as unknown as { text: string }[];
      expect(words.map(({ text }) => text)).toEqual(["Bob", "made", "a", "map."]);
      expect(timeline.sentences).toMatchObject([{ text: "Bob made a map." }]);
    });

    it.each(["words", "phonemes", "visemes"])(
      "%s are ordered, do not overlap and lie in the speech",
      (name) => {
        const spans = timeline[name] as unknown as Span[];
        expect(spans.length).toBeGreaterThan(3);
        let before = 0;
        for (const { start, end } of spans) {
          expect(start).toBeGreaterThanOrEqual(before - 1e-6);
          expect(end).toBeGreaterThan(start);
          before = end;
        }
        expect(before).toBeLessThanOrEqual((timeline.duration as unknown as number) + 1e-6);
      },
    );

    it("phonemes cover the speech without a gap", () => {
      const phonemes = timeline.phonemes as unknown as Span[];
      expect(phonemes[0]!.start).toBe(0);
      for (let i = 1; i < phonemes.length; i++)
        expect(phonemes[i]!.start).toBeCloseTo(phonemes[i - 1]!.end, 5);
    });

    it("has one value per frame in every curve", () => {
      const curves = Object.entries(timeline.curves as unknown as Record<string, number[]>);
      expect(curves.length).toBeGreaterThan(20);
      for (const [name, values] of curves) {
        expect([name, values.length]).toEqual([name, timeline.frame_count]);
        expect(values.every(Number.isFinite)).toBe(true);
      }
    });

    it("has the contours of the face, where a face is", () => {
      const { width, height, contours, eye_distance } = timeline.portrait as unknown as {
        width: number;
        height: number;
        eye_distance: number;
        contours: Record<string, [number, number][]>;
      };
      const center = (name: string) => {
        const points = contours[name]!;
        const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
        return { x: mean(0), y: mean(1) };
      };
      for (const [x, y] of contours.lips_outer!) {
        expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
      }
      expect(center("eye_left").x).toBeLessThan(center("eye_right").x);
      expect(center("brow_left").y).toBeLessThan(center("eye_left").y);
      expect(center("lips_inner").y).toBeGreaterThan(center("eye_left").y);
      expect(center("eye_right").x - center("eye_left").x).toBeGreaterThan(eye_distance * 0.8);
      expect(center("eye_right").x - center("eye_left").x).toBeLessThan(eye_distance * 1.2);
    });
  });
});

it("without a prompt the portrait lives for five seconds, with a silent track", async () => {
  const run = await bench.run([
    "speak",
    "--resolution",
    "360p",
    "--aspect-ratio",
    "1:1",
    "--out",
    "living.mp4",
    "--json",
  ]);
  expect(JSON.parse(run.stdout)).toMatchObject({ duration: 5, frame_count: 125 });
  const tracks = await readTracks(bench.path("living.mp4"));
  expect(tracks.map(({ kind }) => kind).sort()).toEqual(["audio", "video"]);
});
