import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AVCOL_PRI_BT2020,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_ARIB_STD_B67,
  AVCOL_TRC_BT2020_10,
} from "node-av/constants";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeFilm, type FilmFile } from "../../test/support/encode-film.js";
import type { Frame } from "../frames/index.js";
import { AssetError } from "../shared/errors.js";
import { openBackgroundFilm, probeFilm } from "./background-film.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-film-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const field = ["background", "value"];
const source = (path: string) => ({ path, field, input: "film" });

let count = 0;
async function film(changes: Partial<FilmFile> & Pick<FilmFile, "draw">): Promise<string> {
  const path = join(directory, `film-${count++}`);
  await encodeFilm({
    ...{ path, container: "mp4", codec: "libx264", width: 160, height: 90, times: [0, 40, 80] },
    encoderOptions: (changes.codec ?? "libx264") === "libx264" ? { crf: "8", preset: "ultrafast" } : {},
    ...changes,
  });
  return path;
}

/** sRGB of one place of a frame, as a player shows it. */
function colorAt({ y, u, v, width }: Frame, x: number, row: number): number[] {
  const at = Math.floor(row / 2) * (width / 2) + Math.floor(x / 2);
  const luma = ((y[row * width + x]! - 16) * 255) / 219;
  const [cb, cr] = [((u[at]! - 128) * 255) / 224, ((v[at]! - 128) * 255) / 224];
  return [luma + 1.5748 * cr, luma - 0.1873 * cb - 0.4681 * cr, luma + 1.8556 * cb].map((value) =>
    Math.round(Math.min(255, Math.max(0, value))),
  );
}

/** Asks for frames one after the other, and looks at each. */
async function look<T>(
  path: string,
  frames: number,
  see: (frame: Frame, index: number) => T,
  size: { width: number; height: number } = { width: 160, height: 90 },
): Promise<T[]> {
  const opened = await openBackgroundFilm(source(path), { ...size, frameRate: 25 });
  try {
    const seen: T[] = [];
    for (let index = 0; index < frames; index++) seen.push(see(await opened.frame(index), index));
    return seen;
  } finally {
    await opened.close();
  }
}

const gray = (level: number) => [level, level, level];
/** Tells frames apart by their brightness: frame n has about 20 + 20 n. */
const numbered = (_x: number, _y: number, frame: number) => gray(20 + 20 * frame);
const number = (frame: Frame) => Math.round((colorAt(frame, 80, 44)[0]! - 20) / 20);
/** Four colours: top left red, top right green, bottom left blue, bottom right white. */
const COLORS = [
  [200, 30, 30],
  [30, 160, 30],
  [30, 30, 200],
  [220, 220, 220],
];
const corners =
  (width: number, height: number) =>
  (x: number, y: number): number[] =>
    COLORS[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)]!;
const cornersOf = (frame: Frame) =>
  [0.2, 0.8].flatMap((down) =>
    [0.2, 0.8].map((across) => {
      const [red, green, blue] = colorAt(
        frame,
        Math.floor(frame.width * across),
        Math.floor(frame.height * down),
      ) as [number, number, number];
      if (Math.min(red, green, blue) > 150) return "white";
      return red > 120 ? "red" : green > 100 ? "green" : blue > 120 ? "blue" : "dark";
    }),
  );

describe("time", () => {
  it("goes on from the first frame without a gap when the film is over", async () => {
    const path = await film({ times: [0, 40, 80, 120, 160], draw: numbered });
    expect(await look(path, 13, number)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2]);
  });

  it("repeats a film that is too large to be kept in the same way", async () => {
    const times = Array.from({ length: 8 }, (_, index) => index * 40);
    const path = await film({ times, draw: numbered });
    const size = { width: 1920, height: 1080 };
    const middle = (frame: Frame) => Math.round((colorAt(frame, 960, 540)[0]! - 20) / 20);
    expect(await look(path, 27, middle, size)).toEqual(Array.from({ length: 27 }, (_, index) => index % 8));
  });

  it("shows the last frame that is due, at any rate and from any start", async () => {
    const fast = await film({ times: [0, 20, 40, 60, 80, 100, 120], frameRate: 50, draw: numbered });
    expect(await look(fast, 4, number)).toEqual([0, 2, 4, 6]);
    const slow = await film({ times: [0, 125, 250], frameRate: 8, draw: numbered });
    expect(await look(slow, 8, number)).toEqual([0, 0, 0, 0, 1, 1, 1, 2]);
    const uneven = await film({
      container: "matroska",
      times: [5000, 5040, 5200, 5210, 5320],
      draw: numbered,
    });
    expect(await look(uneven, 9, number)).toEqual([0, 1, 1, 1, 1, 2, 3, 3, 4]);
  });

  it("holds a film of one picture", async () => {
    const path = await film({ times: [0], draw: () => gray(90) });
    const seen = await look(path, 60, (frame) => colorAt(frame, 80, 44)[0]);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toBeCloseTo(90, -1);
  });

  it.each(["gif", "apng", "webp"])("plays a moving %s, on white where nothing is", async (container) => {
    const path = await film({
      ...{ container, codec: container === "webp" ? "libwebp_anim" : container, times: [0, 100, 200] },
      ...{
        frameRate: 10,
        pixelFormat: { gif: "rgb8", apng: "rgba", webp: "bgra" }[container]!,
        width: 64,
        height: 36,
      },
      draw: (x, _y, frame) =>
        x < 32 ? [...gray(20 + 60 * frame), 255] : [200, 0, 0, container === "gif" ? 255 : 0],
    });
    const seen = await look(path, 7, (frame) => [colorAt(frame, 8, 20)[0]!, colorAt(frame, 56, 20)[1]!], {
      width: 64,
      height: 36,
    });
    const steps = seen.map(([left]) => Math.abs(Math.round((left! - 20) / 60)));
    expect(steps).toEqual([0, 0, 0, 1, 1, 2, 2]);
    if (container !== "gif") expect(seen[0]![1]).toBeGreaterThan(245);
  });
});

describe("shape", () => {
  it.each([
    [undefined, ["red", "green", "blue", "white"]],
    [90 as const, ["blue", "red", "white", "green"]],
    [180 as const, ["white", "blue", "green", "red"]],
    [270 as const, ["green", "white", "red", "blue"]],
    ["mirror" as const, ["green", "red", "white", "blue"]],
  ])("stands upright when the file asks for a turn of %s", async (turn, expected) => {
    const path = await film({
      ...{ width: 120, height: 80, times: [0], draw: corners(120, 80) },
      ...(turn === undefined ? {} : { turn }),
    });
    const isTurned = turn === 90 || turn === 270;
    const size = isTurned ? { width: 80, height: 120 } : { width: 120, height: 80 };
    expect(await look(path, 1, cornersOf, size)).toEqual([expected]);
    expect(await probeFilm(source(path))).toMatchObject(size);
  });

  it("covers the frame from its middle, whatever the shape of picture and pixels", async () => {
    // A circle in a square of 200, of pixels that are twice as wide as high.
    const draw = (x: number, y: number) => gray(Math.hypot((x - 50) * 2, y - 100) < 60 ? 220 : 20);
    const path = await film({ width: 100, height: 200, pixelAspect: [2, 1], times: [0], draw });
    expect(await probeFilm(source(path))).toMatchObject({ width: 200, height: 200 });
    const extent = (frame: Frame) => {
      const lit = (x: number, y: number) => colorAt(frame, x, y)[0]! > 120;
      const across = Array.from({ length: frame.width }, (_, x) => lit(x, frame.height / 2));
      const down = Array.from({ length: frame.height }, (_, y) => lit(frame.width / 2, y));
      return [across, down].map((line) => [line.indexOf(true), line.lastIndexOf(true) + 1]);
    };
    const [[across, down]] = (await look(path, 1, extent, { width: 400, height: 200 })) as [number[][]];
    // Enlarged twice: a circle of 240 of which the middle 200 are seen from above to below.
    expect(down).toEqual([0, 200]);
    expect(across![0]).toBeGreaterThanOrEqual(76);
    expect(across![0]).toBeLessThanOrEqual(84);
    expect(across![0]! + across![1]!).toBeGreaterThanOrEqual(396);
    expect(across![0]! + across![1]!).toBeLessThanOrEqual(404);
  });

  it("takes odd sizes", async () => {
    const path = await film({
      ...{ container: "matroska", codec: "ffv1", pixelFormat: "yuv444p", width: 161, height: 91 },
      draw: corners(161, 91),
    });
    expect(await look(path, 1, cornersOf)).toEqual([["red", "green", "blue", "white"]]);
  });

  it("follows a film whose pictures change their size", async () => {
    const bare = { container: "h264", times: [0, 40] };
    const parts = await Promise.all([
      film({ ...bare, draw: corners(160, 90) }),
      film({ ...bare, width: 320, height: 180, draw: corners(320, 180) }),
    ]);
    const path = join(directory, "changing");
    await writeFile(path, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
    const seen = await look(path, 6, cornersOf);
    for (const frame of seen) expect(frame).toEqual(["red", "green", "blue", "white"]);
  });
});

describe("colour", () => {
  const tagged = (matrix: number, range: number) => ({ matrix, range }) as FilmFile["tags"] & object;
  it.each<[string, Partial<FilmFile>]>([
    ["BT.601 that does not say so", { matrix: "bt601" }],
    ["BT.601", { matrix: "bt601", tags: tagged(AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG) }],
    ["full range", { range: "pc", matrix: "bt709", tags: tagged(AVCOL_SPC_BT709, AVCOL_RANGE_JPEG) }],
    ["10 bit", { pixelFormat: "yuv420p10le", tags: tagged(AVCOL_SPC_BT709, AVCOL_RANGE_MPEG) }],
    ["4:4:4", { pixelFormat: "yuv444p", tags: tagged(AVCOL_SPC_BT709, AVCOL_RANGE_MPEG) }],
    ["RGB", { container: "avi", codec: "ffv1", pixelFormat: "bgr0" }],
    [
      "motion JPEG",
      { container: "avi", codec: "mjpeg", pixelFormat: "yuvj422p", matrix: "bt601", range: "pc" },
    ],
    ["MPEG-1", { container: "mpeg", codec: "mpeg1video", matrix: "bt601" }],
    [
      "ProRes with coverage",
      {
        container: "mov",
        codec: "prores_ks",
        pixelFormat: "yuva444p10le",
        tags: tagged(AVCOL_SPC_BT709, AVCOL_RANGE_MPEG),
      },
    ],
    [
      "VP9",
      {
        container: "webm",
        codec: "libvpx-vp9",
        tags: tagged(AVCOL_SPC_BT709, AVCOL_RANGE_MPEG),
        encoderOptions: { deadline: "realtime", "cpu-used": "8" },
      },
    ],
  ])("of %s becomes that of the video", async (_, file) => {
    const path = await film({ draw: corners(160, 90), ...file });
    const [seen] = await look(path, 1, (frame) =>
      [0.2, 0.8].flatMap((down) =>
        [0.2, 0.8].map((across) => colorAt(frame, Math.floor(160 * across), Math.floor(90 * down))),
      ),
    );
    for (const [index, color] of seen!.entries())
      for (const [channel, value] of color.entries())
        expect(Math.abs(value - COLORS[index]![channel]!)).toBeLessThanOrEqual(6);
  });

  it("of BT.2020 is brought into BT.709, grey stays grey", async () => {
    const tags = { matrix: AVCOL_SPC_BT2020_NCL, primaries: AVCOL_PRI_BT2020, transfer: AVCOL_TRC_BT2020_10 };
    const path = await film({
      ...{ matrix: "bt2020", pixelFormat: "yuv420p10le", tags },
      draw: (x) => (x < 80 ? [150, 60, 60] : gray(128)),
    });
    const [[red, neutral]] = (await look(path, 1, (frame) => [
      colorAt(frame, 40, 44),
      colorAt(frame, 120, 44),
    ])) as [number[][]];
    for (const value of neutral!) expect(Math.abs(value - 128)).toBeLessThanOrEqual(5);
    // The red of BT.2020 lies farther out.
    expect(red![0]!).toBeGreaterThan(158);
    expect(red![1]!).toBeLessThan(60);
  });

  it("of HDR is brought down with a warning, and what was white is nearly so", async () => {
    const tags = {
      matrix: AVCOL_SPC_BT2020_NCL,
      primaries: AVCOL_PRI_BT2020,
      transfer: AVCOL_TRC_ARIB_STD_B67,
    };
    const path = await film({
      ...{ matrix: "bt2020", pixelFormat: "yuv420p10le", tags },
      // HLG puts the white of graphics at 75 %, skin of middle tone at about 45 %.
      draw: (x) => gray(x < 60 ? 115 : x < 110 ? 191 : 255),
    });
    expect((await probeFilm(source(path))).warnings).toEqual([expect.stringContaining("dynamic range")]);
    const [[skin, white, sun]] = (await look(path, 1, (frame) =>
      [30, 85, 140].map((x) => colorAt(frame, x, 44)[1]!),
    )) as [number[]];
    expect(skin!).toBeGreaterThan(100);
    expect(white!).toBeGreaterThan(190);
    expect(sun!).toBeGreaterThan(white!);
  });
});

describe("two halves of one picture", () => {
  it("are brought together", async () => {
    // A bar that is elsewhere in the second half, as of a fast movement.
    const draw = (x: number, y: number, frame: number) =>
      gray(Math.abs(x - 20 - 16 * (2 * frame + (y % 2))) < 16 ? 230 : 20);
    const path = await film({
      ...{ container: "mpegts", codec: "mpeg2video", width: 160, height: 96, interlaced: true, draw },
      ...{ matrix: "bt601", times: [0, 40, 80, 120] },
      encoderOptions: { qmin: "1", qmax: "2" },
    });
    const comb = (frame: Frame, index: number) => {
      const column = 36 + 32 * index;
      let teeth = 0;
      for (let y = 20; y < 70; y++) {
        const [a, b, c] = [y, y + 1, y + 2].map((row) => frame.y[row * 160 + column]!) as [
          number,
          number,
          number,
        ];
        if (Math.abs(a - b) > 60 && Math.abs(b - c) > 60) teeth++;
      }
      return teeth;
    };
    const seen = await look(path, 4, comb, { width: 160, height: 96 });
    expect(seen).toEqual([0, 0, 0, 0]);
  });
});

describe("bad files", () => {
  async function refusal(path: string): Promise<AssetError> {
    const error = await probeFilm(source(path)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AssetError);
    expect(error).toMatchObject({ code: "unsupported_video_format", details: { field, input: "film" } });
    return error as AssetError;
  }
  const file = async (content: string | Uint8Array): Promise<string> => {
    const path = join(directory, `bad-${count++}`);
    await writeFile(path, content);
    return path;
  };

  it.each([
    ["nothing", "", "empty"],
    ["text", "some words\n".repeat(50), "no video that is known"],
    ["a web page", "<!doctype html><html><body>404</body></html>", "HTML"],
    ["a playlist", "#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "list of other files"],
    ["a list of parts", "ffconcat version 1.0\nfile 'http://127.0.0.1/a.mp4'\n", "list of other files"],
  ])("refuses %s", async (_, content, reason) => {
    expect((await refusal(await file(content))).message).toContain(reason);
  });

  it("refuses still pictures, and says what to do with them", async () => {
    const { default: sharp } = await import("sharp");
    const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: "#88a" } });
    for (const kind of ["png", "jpeg", "webp", "avif"] as const) {
      const { message } = await refusal(await file(await picture.clone().toFormat(kind).toBuffer()));
      expect(message).toContain('background of type "image"');
    }
  });

  it("refuses sound, with or without a cover", async () => {
    const { encodeSound } = await import("../../test/support/encode-sound.js");
    const tone = Float32Array.from({ length: 4800 }, (_, i) => Math.sin(i / 10));
    const message = (await refusal(await file(await encodeSound([tone], { container: "mp4", codec: "aac" }))))
      .message;
    expect(message).toContain("recording of sound");
    await refusal(await file(await encodeSound([tone], { container: "wav" })));
  });

  it("refuses pictures of an absurd size before decoding one", async () => {
    const path = await film({
      ...{ container: "matroska", codec: "png", pixelFormat: "monob", width: 16_000, height: 40, times: [0] },
      draw: () => gray(0),
    });
    expect((await refusal(path)).message).toContain("16000 x 40");
  });

  it("refuses a film of which nothing can be decoded", async () => {
    const path = await film({ draw: numbered });
    const bytes = await readFile(path);
    // The pictures of an MP4 lie behind `mdat`; what is said about them stays.
    const start = bytes.indexOf("mdat") + 4;
    const end = bytes.indexOf("moov") - 4;
    expect((await refusal(await file(Buffer.from(bytes).fill(0xa5, start, end)))).message).toMatch(/damaged/);
    await refusal(await file(bytes.subarray(0, start + 10)));
  });

  it("plays what can be decoded of a film that is damaged in its middle", async () => {
    const times = Array.from({ length: 50 }, (_, index) => index * 40);
    const path = await film({
      container: "mpegts",
      times,
      draw: (x, y, frame) => gray((x * 3 + y * 5 + frame * 9) % 256),
    });
    const bytes = await readFile(path);
    for (let at = Math.floor(bytes.length * 0.3); at < bytes.length * 0.6; at += 7)
      bytes[at] = (at * 31) % 256;
    const frames = await look(await file(bytes), 120, (frame) => frame.y.length);
    expect(frames).toHaveLength(120);
    // Cut off in the middle, it begins again.
    await look(await file((await readFile(path)).subarray(0, bytes.length / 3)), 60, () => 0);
  });
});
