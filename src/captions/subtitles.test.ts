import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { FormatContext, Packet } from "node-av/lib";
import { describe, expect, it } from "vitest";
import { type Captions, lineOf } from "./captions.js";
import { toSrt, toVtt } from "./subtitles.js";

type Read = { start: number; end: number; lines: string[] };

const seconds = (clock: string): number => {
  const [h, m, s] = clock.replace(",", ".").split(":").map(Number) as [number, number, number];
  return h * 3600 + m * 60 + s;
};

/** Cues of a file, by the letter of the formats: a number, times, lines, an empty line. */
function read(file: string, newline: string, arrow: RegExp): Read[] {
  return file
    .split(newline + newline)
    .filter((block) => block.trim() !== "" && block.trim() !== "WEBVTT")
    .map((block) => {
      const [number, times, ...lines] = block.replace(/^\n+/, "").split(newline);
      expect(number).toMatch(/^\d+$/);
      const [, start, end] = arrow.exec(times ?? "")!;
      return { start: seconds(start!), end: seconds(end!), lines: lines.filter((line) => line !== "") };
    });
}
const readSrt = (file: string): Read[] =>
  read(file, "\r\n", /^(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})$/);
const readVtt = (file: string): Read[] =>
  read(file, "\n", /^(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})$/);
const unescaped = (text: string): string =>
  text
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const captionsOf = (...texts: string[]): Pick<Captions, "cues"> => ({
  cues: texts.map((text, i) => {
    const words = text.split(" ").map((word, w) => ({
      text: word,
      gap: " " as const,
      start: i * 2 + w * 0.2,
      end: i * 2 + w * 0.2 + 0.2,
    }));
    return { start: i * 2, end: i * 2 + 1.96, direction: "ltr", lines: [lineOf(words)] };
  }),
});

describe("SubRip and WebVTT", () => {
  const text = fc
    .array(fc.stringMatching(/^[!-~äßя你—→&<>{}-]{1,12}$/), { minLength: 1, maxLength: 6 })
    .map((words) => words.join(" "));

  it("say the same when they are read back", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
        const captions = captionsOf(...texts);
        const times = captions.cues.map(({ start, end }) => [start, end]);
        const srt = readSrt(toSrt(captions));
        expect(srt.map(({ start, end }) => [start, end])).toEqual(times);
        expect(toSrt(captions).replace(/\r\n/g, "")).not.toMatch(/[\r\n]/);
        for (const wordTimes of [false, true]) {
          const vtt = readVtt(toVtt(captions, { wordTimes }));
          expect(vtt.map(({ start, end }) => [start, end])).toEqual(times);
          const wanted = texts.map((line) => [line.replaceAll("-->", "→")]);
          expect(vtt.map(({ lines }) => lines.map(unescaped))).toEqual(wanted);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("let nothing in the text be taken for markup or times", () => {
    const captions = captionsOf("5 < 6 & 7 > 3", "00:01 --> 00:02 <b>x</b> {\\an8}y");
    expect(toVtt(captions)).toBe(
      "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.960\n5 &lt; 6 &amp; 7 &gt; 3\n" +
        "\n2\n00:00:02.000 --> 00:00:03.960\n00:01 → 00:02 &lt;b&gt;x&lt;/b&gt; {\\an8}y\n",
    );
    expect(toSrt(captions)).toContain("5 < 6 & 7 > 3\r\n");
    expect(toSrt(captions)).toContain("00:01 → 00:02 ‹b›x‹/b› { \\an8}y\r\n");
  });

  it("tell the time of each word within its cue", () => {
    expect(toVtt(captionsOf("One two three"), { wordTimes: true })).toContain(
      "\nOne <00:00:00.200>two <00:00:00.400>three\n",
    );
  });

  it("are read from right to left where the sentence is", () => {
    const words = [
      { text: "YouTube", gap: " " as const, start: 0, end: 1 },
      { text: "الآن.", gap: " " as const, start: 1, end: 2 },
    ];
    const captions = { cues: [{ start: 0, end: 2, direction: "rtl" as const, lines: [lineOf(words)] }] };
    expect(toSrt(captions)).toContain("\r\n\u202bYouTube الآن.\u202c\r\n");
    expect(toVtt(captions)).toContain("\n\u200fYouTube الآن.\n");
  });

  it("are read by FFmpeg", async () => {
    const captions = captionsOf("First & <second>", "Ещё одна строка", "你好");
    const directory = await mkdtemp(join(tmpdir(), "captions-"));
    for (const [format, file] of [
      ["srt", toSrt(captions)],
      ["vtt", toVtt(captions, { wordTimes: true })],
    ] as const) {
      const path = join(directory, `captions.${format}`);
      await writeFile(path, file);
      const input = new FormatContext();
      expect(await input.openInput(path, null, null)).toBeGreaterThanOrEqual(0);
      const { num, den } = input.streams[0]!.timeBase;
      const packet = new Packet();
      packet.alloc();
      const starts: number[] = [];
      while ((await input.readFrame(packet)) >= 0) {
        starts.push((Number(packet.pts) * num) / den);
        packet.unref();
      }
      packet.free();
      await input.closeInput();
      expect(starts).toEqual([0, 2, 4]);
    }
    await rm(directory, { recursive: true });
  });
});
