import { beforeAll, describe, expect, it } from "vitest";
import type { Frame, FrameRenderer } from "../../frames/index.js";
import { type Cue, lineOf } from "../captions.js";
import { hanStyleOf } from "../fonts/font-packages.js";
import { FontShelf } from "../fonts/font-shelf.js";
import { loadSkia, type Skia } from "./skia.js";
import { type PagePicture, TextPainter } from "./text-painter.js";
import { type CaptionDrawing, withCaptions } from "./with-captions.js";

const FRAMING = { width: 640, height: 360, left: 0, top: 0, scale: 1, warnings: [] };

/** A face in the upper part of the frame that does not move. */
const DRAWING: CaptionDrawing = {
  rig: {
    landmarks: new Float32Array(478 * 3).map((_, i) => [320, 90, 0][i % 3]!),
    head: { eyeDistance: 40 } as never,
  },
  framing: FRAMING,
  performance: { curves: new Proxy({}, { get: () => new Float32Array(1) }) as never },
  frameRate: 25,
  style: "plain",
};

function cueOf(text: string, direction: Cue["direction"] = "ltr", start = 1): Cue {
  const words = text.split(" ").map((word, i) => ({
    text: word,
    gap: " " as const,
    start: start + 0.4 * i,
    end: start + 0.4 * i + 0.4,
  }));
  return { start, end: start + 2, direction, lines: [lineOf(words)] };
}

function greyRenderer(): FrameRenderer {
  const { width, height } = FRAMING;
  return {
    width,
    height,
    slots: 2,
    prepare: async () => {},
    render: (): Frame => ({
      width,
      height,
      y: new Uint8Array(width * height).fill(126),
      u: new Uint8Array((width * height) / 4).fill(128),
      v: new Uint8Array((width * height) / 4).fill(128),
    }),
  };
}

const changedRows = (frame: Frame): number[] => {
  const rows = new Set<number>();
  frame.y.forEach((value, i) => {
    if (value !== 126) rows.add(Math.floor(i / frame.width));
  });
  return [...rows];
};

describe("a renderer with captions", () => {
  it("shows each cue from its first frame to its last, below the face and within safe margins", async () => {
    const renderer = await withCaptions(greyRenderer(), { cues: [cueOf("Hello there, world")] }, DRAWING);
    expect(renderer.prepare).toBeTypeOf("function");
    for (const [frame, isShown] of [
      [24, false],
      [25, true],
      [74, true],
      [75, false],
    ] as const) {
      expect(changedRows(renderer.render(frame)).length > 0).toBe(isShown);
    }
    const rows = changedRows(renderer.render(30));
    expect(Math.min(...rows)).toBeGreaterThan(280);
    expect(Math.max(...rows)).toBeLessThan(345);
    expect(renderer.render(30).y.some((value) => value > 230)).toBe(true);
    expect(renderer.render(30)).toEqual(renderer.render(30));
  });

  it("breaks what is too wide for the frame, in place and in time", async () => {
    const narrow = { ...FRAMING, width: 202 };
    const long = cueOf("These are many words of a caption for which one page would never be enough");
    const renderer = await withCaptions(
      { ...greyRenderer(), width: 202, render: () => ({ ...greyRenderer().render(0), width: 202 }) },
      { cues: [{ ...long, end: 7 }] },
      { ...DRAWING, framing: narrow },
    );
    expect(renderer.render(30).y).not.toEqual(renderer.render(140).y);
    expect(changedRows(renderer.render(140)).length).toBeGreaterThan(0);
  });

  it("lights up the word that is said, and nothing else", async () => {
    const cues = [cueOf("שלום לכולם here", "rtl")];
    const plain = await withCaptions(greyRenderer(), { cues }, DRAWING);
    const lit = await withCaptions(greyRenderer(), { cues }, { ...DRAWING, style: "highlight" });
    const columnsAt = (frame: number): number[] => {
      const before = plain.render(frame).v;
      const columns: number[] = [];
      lit.render(frame).v.forEach((value, i) => {
        if (value !== before[i]) columns.push(i % 320);
      });
      return columns;
    };
    const [first, second, third] = [26, 36, 46].map(columnsAt) as [number[], number[], number[]];
    // From right to left.
    expect(Math.min(...first)).toBeGreaterThan(Math.max(...second));
    expect(Math.min(...second)).toBeGreaterThan(Math.max(...third));
    expect(columnsAt(70)).toEqual([]);
    // Whatever order they are asked for in.
    expect(columnsAt(26)).toEqual(first);
  });
});

describe("text", () => {
  let skia: Skia;
  beforeAll(async () => {
    skia = await loadSkia();
  });
  const painterFor = (text: string): TextPainter => {
    const han = hanStyleOf(text);
    const painter = new TextPainter(skia, new FontShelf(han), han);
    painter.size = 30;
    return painter;
  };
  /** Pixels of each column that the highlight changes. */
  const inkOf = (painter: TextPainter, cue: Cue): { columns: number[]; page: PagePicture } => {
    const metrics = painter.metricsOf(cue.lines.map(({ text }) => text));
    const page = painter.paint(cue, metrics, false);
    const bright = painter.paint(cue, metrics, true);
    const columns = new Array<number>(page.width).fill(0);
    for (let i = 0; i < page.data.length; i += 4) {
      if (page.data[i + 2] !== bright.data[i + 2]) columns[(i / 4) % page.width]!++;
    }
    return { columns, page };
  };
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  it.each([
    ["ltr", "See the café naïve"],
    ["ltr", "Добрый вечер, Київ"],
    ["ltr", "Καλημέρα σας"],
    ["rtl", "مرحبا بكم في YouTube الآن 25 مرة!"],
    ["rtl", "שלום (abc) ב-2024, טוב."],
    ["ltr", "He said مرحبا بكم to 3 of us"],
    ["ltr", "हिन्दी क्षत्रिय शृंखला"],
    ["ltr", "안녕하세요 여러분"],
    ["ltr", "日本語の 文章です。"],
    ["ltr", "中文 字幕"],
    ["ltr", "สวัสดี ครับ"],
  ] as const)("%s: every word of %s is where its area is", (direction, text) => {
    const painter = painterFor(text);
    expect(new FontShelf(hanStyleOf(text)).choose(text).missing).toEqual([]);
    const cue = cueOf(text, direction);
    const metrics = painter.metricsOf([text]);
    const { columns } = inkOf(painter, cue);
    painter.wordAreas(cue, metrics).forEach((areas, i) => {
      const word = cue.lines[0]!.words[i]!.text;
      const alone = sum(inkOf(painter, cueOf(word, direction)).columns);
      const here = sum(
        areas.map(({ left, right }) => sum(columns.slice(Math.round(left), Math.round(right)))),
      );
      expect(Math.abs(here - alone)).toBeLessThanOrEqual(0.06 * alone + 12);
    });
  });

  it("has emoji in their colours", () => {
    const { page } = inkOf(painterFor("👍🏽 ❤️ 👩‍👩‍👧"), cueOf("👍🏽 ❤️"));
    let red = 0;
    for (let i = 0; i < page.data.length; i += 4) {
      if (page.data[i]! > 200 && page.data[i + 1]! < 90 && page.data[i + 3]! > 250) red++;
    }
    expect(red).toBeGreaterThan(80);
  });

  it("fits into its box with all that reaches above and below the line", () => {
    const text = "ẤỆ Ǻ ग्रूँ सृष्टि ķģ jpq";
    const { columns, page } = inkOf(painterFor(text), cueOf(text));
    expect(sum(columns)).toBeGreaterThan(1000);
    const spread = painterFor(text).spread;
    for (let i = 0; i < page.data.length; i += 4) {
      const [x, y] = [(i / 4) % page.width, Math.floor(i / 4 / page.width)];
      const isOutside = x < spread || y < spread || x >= page.width - spread || y >= page.height - spread;
      // The box itself fades out there; letters do not.
      if (isOutside) expect(page.data[i + 3]!).toBeLessThan(125);
    }
  });
});
