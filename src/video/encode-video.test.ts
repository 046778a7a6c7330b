import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AV_PIX_FMT_YUV420P,
  AV_PROFILE_H264_HIGH,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from "node-av/constants";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeWhole } from "../../test/support/decode-whole.js";
import { gradientRenderer } from "../../test/support/gradient-renderer.js";
import { decodePictures, readTracks } from "../../test/support/read-video.js";
import { tone } from "../../test/support/wav.js";
import { CancelledError, EngineError } from "../shared/errors.js";
import { type EncodeVideoOptions, encodeVideo } from "./encode-video.js";
import { verifyVideo } from "./verify-video.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function aVideo(changes: Partial<EncodeVideoOptions> = {}): EncodeVideoOptions {
  return {
    renderer: gradientRenderer(320, 180),
    frameCount: 60,
    frameRate: 25,
    samples: tone(2.39),
    sampleRate: 48_000,
    path: join(directory, "video.mp4"),
    threads: 2,
    ...changes,
  };
}

/** A hash of each decoded picture. */
async function picturesOf(path: string): Promise<string[]> {
  const hashes: string[] = [];
  await decodePictures(path, ({ planes, strides }) => {
    const hash = createHash("sha256");
    planes.slice(0, 3).forEach((plane, i) => {
      const [width, height] = i === 0 ? [320, 180] : [160, 90];
      for (let row = 0; row < height; row++)
        hash.update(plane.subarray(row * strides[i]!, row * strides[i]! + width));
    });
    hashes.push(hash.digest("hex"));
  });
  return hashes;
}

describe("encodeVideo", () => {
  it("writes H.264 High and AAC with BT.709 tags, equal in length, both starting at 0", async () => {
    const { video } = await encodeVideo(aVideo());
    const tracks = await readTracks(video.path);
    expect(tracks.map((track) => `${track.kind} ${track.codec}`)).toEqual(["video h264", "audio aac"]);
    const [picture, sound] = tracks as [(typeof tracks)[0], (typeof tracks)[0]];
    expect(picture.packets).toBe(60);
    expect(picture.keyframes).toEqual([0, 50]);
    expect(picture.start).toBe(0);
    expect(picture.duration).toBeCloseTo(2.4, 6);
    expect(sound.start).toBe(0);
    expect(sound.duration).toBeCloseTo(2.4, 6);
    expect(picture.parameters).toMatchObject({
      profile: AV_PROFILE_H264_HIGH,
      format: AV_PIX_FMT_YUV420P,
      width: 320,
      height: 180,
      colorRange: AVCOL_RANGE_MPEG,
      colorPrimaries: AVCOL_PRI_BT709,
      colorTrc: AVCOL_TRC_BT709,
      colorSpace: AVCOL_SPC_BT709,
    });
    expect(sound.parameters).toMatchObject({ sampleRate: 48_000, channels: 1 });
    expect(video).toMatchObject({
      fileName: "video.mp4",
      frameCount: 60,
      duration: 2.4,
      width: 320,
      height: 180,
    });
    expect(video.sizeBytes).toBe((await readFile(video.path)).length);
  });

  it("puts the index before the media data, and leaves nothing beside the file", async () => {
    const { video } = await encodeVideo(aVideo());
    const bytes = await readFile(video.path);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    expect(await readdir(directory)).toEqual(["video.mp4"]);
  });

  it("keeps every picture as drawn, in order, while later ones are drawn over the same memory", async () => {
    const { video } = await encodeVideo(aVideo({ frameCount: 120, samples: tone(1) }));
    let pictures = 0;
    await decodePictures(video.path, ({ index, planes, strides }) => {
      pictures++;
      // Where the square is not: the lower half, whose rows are one step brighter than those above.
      const row = 150;
      const drawn = 16 + ((row + index) % 200);
      expect(Math.abs(planes[0]![row * strides[0]! + 200]! - drawn)).toBeLessThanOrEqual(12);
      expect(Math.abs(planes[1]![40 * strides[1]! + 80]! - (100 + (index % 50)))).toBeLessThanOrEqual(4);
    });
    expect(pictures).toBe(120);
  });

  // Not the same file: of two ways to write down one picture, x264 takes now this one, now that one.
  it("makes the same pictures from planes that do not lie one behind the other", async () => {
    const inPlace = await encodeVideo(aVideo({ path: join(directory, "a.mp4") }));
    const renderer = gradientRenderer(320, 180, 3, false);
    const copied = await encodeVideo(aVideo({ path: join(directory, "b.mp4"), renderer }));
    const hashes = await picturesOf(inPlace.video.path);
    expect(new Set(hashes).size).toBe(60);
    expect(await picturesOf(copied.video.path)).toEqual(hashes);
  });

  it("keeps sound where it was: a click stays within a millisecond", async () => {
    const samples = new Float32Array(48_000 * 2);
    for (let i = 0; i < 48; i++) samples[60_000 + i] = 0.9 * Math.sin((i / 48) * 4 * Math.PI);
    const { video } = await encodeVideo(aVideo({ samples, frameCount: 50 }));
    const decoded = await decodeWhole(await readFile(video.path));
    let loudest = 0;
    decoded.samples.forEach((sample, i) => {
      if (Math.abs(sample) > Math.abs(decoded.samples[loudest]!)) loudest = i;
    });
    expect(Math.abs(loudest - 60_024)).toBeLessThan(48);
    expect(Math.abs(decoded.samples.length - 96_000)).toBeLessThanOrEqual(1024);
  });

  it("encodes sound with values that are not numbers", async () => {
    const samples = tone(1);
    samples[100] = Number.NaN;
    samples[200] = Number.POSITIVE_INFINITY;
    samples[300] = 1e30;
    const { video } = await encodeVideo(aVideo({ samples }));
    expect((await readTracks(video.path))[1]!.duration).toBeCloseTo(2.4, 6);
  });

  it("encodes a single frame without sound", async () => {
    const { video } = await encodeVideo(aVideo({ frameCount: 1, samples: new Float32Array(0) }));
    const tracks = await readTracks(video.path);
    expect(tracks[0]!.packets).toBe(1);
    expect(tracks[1]!.duration).toBeCloseTo(0.04, 6);
  });

  it("leaves no file when it is cancelled, and keeps an older one", async () => {
    await writeFile(join(directory, "video.mp4"), "older");
    const cancel = new AbortController();
    const encoding = encodeVideo(
      aVideo({
        frameCount: 5000,
        signal: cancel.signal,
        onFrame: (frame) => {
          if (frame === 30) cancel.abort();
        },
      }),
    );
    await expect(encoding).rejects.toBeInstanceOf(CancelledError);
    expect(await readdir(directory)).toEqual(["video.mp4"]);
    expect(await readFile(join(directory, "video.mp4"), "utf8")).toBe("older");
  });

  it("leaves no file when drawing fails", async () => {
    const renderer = gradientRenderer(320, 180);
    const failing = {
      ...renderer,
      render: (index: number) => {
        if (index === 20) throw new Error("no paint left");
        return renderer.render(index);
      },
    };
    await expect(encodeVideo(aVideo({ renderer: failing }))).rejects.toThrow("no paint left");
    expect(await readdir(directory)).toEqual([]);
  });

  it("reports a directory that does not exist as an error of the engine", async () => {
    const encoding = encodeVideo(aVideo({ path: join(directory, "missing", "video.mp4") }));
    await expect(encoding).rejects.toBeInstanceOf(EngineError);
  });

  it("refuses sound that is longer than the picture", async () => {
    await expect(encodeVideo(aVideo({ samples: tone(2.5) }))).rejects.toBeInstanceOf(RangeError);
  });

  it("needs no more memory for a long video than for a short one", async () => {
    const peak = async (frameCount: number) => {
      let bytes = 0;
      await encodeVideo(
        aVideo({
          frameCount,
          samples: new Float32Array(0),
          onFrame: () => {
            bytes = Math.max(bytes, process.memoryUsage.rss());
          },
        }),
      );
      return bytes;
    };
    await peak(200);
    const short = await peak(200);
    const long = await peak(3000);
    expect(long - short).toBeLessThan(40e6);
  });
});

describe("verifyVideo", () => {
  const expected = { width: 320, height: 180, frameCount: 60, duration: 2.4, frameDuration: 0.04 };

  it("accepts what was promised and refuses anything else", async () => {
    const { video } = await encodeVideo(aVideo());
    await expect(verifyVideo(video.path, expected)).resolves.toEqual({ sizeBytes: video.sizeBytes });
    await expect(verifyVideo(video.path, { ...expected, frameCount: 61 })).rejects.toThrow(
      "60 frames, not 61",
    );
    await expect(verifyVideo(video.path, { ...expected, width: 322 })).rejects.toThrow("320x180");
    await expect(verifyVideo(video.path, { ...expected, duration: 3 })).rejects.toThrow("lasts");
  });

  it("refuses a file that is cut short or whose index comes last", async () => {
    const { video } = await encodeVideo(aVideo());
    const bytes = await readFile(video.path);
    const broken = join(directory, "broken.mp4");
    await writeFile(broken, bytes.subarray(0, bytes.length - 100));
    await expect(verifyVideo(broken, expected)).rejects.toThrow("cut short");
    const indexStart = bytes.indexOf("moov") - 4;
    const indexEnd = indexStart + bytes.readUInt32BE(indexStart);
    const parts = [
      bytes.subarray(0, indexStart),
      bytes.subarray(indexEnd),
      bytes.subarray(indexStart, indexEnd),
    ];
    await writeFile(broken, Buffer.concat(parts));
    await expect(verifyVideo(broken, expected)).rejects.toThrow("index is not in front");
  });
});
