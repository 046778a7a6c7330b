import { open } from "node:fs/promises";
import { AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from "node-av/constants";
import { FormatContext, type Stream } from "node-av/lib";
import { EngineError } from "../shared/errors.js";
import { checkNative } from "./native-call.js";

/** What a finished file must be. Times in seconds. */
export type ExpectedVideo = {
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  readonly duration: number;
  /** Picture and sound may differ by less than this. */
  readonly frameDuration: number;
};

/**
 * Opens a finished file again and checks that a player will find what was promised.
 *
 * @throws {@link EngineError} naming what differs
 */
export async function verifyVideo(path: string, expected: ExpectedVideo): Promise<{ sizeBytes: number }> {
  const boxes = await topLevelBoxes(path);
  const order = boxes.map((box) => box.type);
  expect(order.includes("mdat"), `it has no media data (${order.join(" ")})`);
  expect(
    order.indexOf("moov") >= 0 && order.indexOf("moov") < order.indexOf("mdat"),
    "its index is not in front",
  );
  const format = new FormatContext();
  checkNative(await format.openInput(path, null, null), "opening the finished file");
  try {
    checkStreams(format.streams, expected);
  } finally {
    await format.closeInput();
    format.freeContext();
  }
  return { sizeBytes: boxes.reduce((sum, box) => sum + box.sizeBytes, 0) };
}

function checkStreams(streams: Stream[], expected: ExpectedVideo): void {
  expect(streams.length === 2, `it has ${streams.length} tracks, not 2`);
  const video = streams.find((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  const audio = streams.find((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
  expect(video !== undefined && audio !== undefined, "picture or sound is missing");
  const { width, height } = video.codecpar;
  expect(width === expected.width && height === expected.height, `its size is ${width}x${height}`);
  const frames = Number(video.nbFrames);
  expect(frames === expected.frameCount, `it has ${frames} frames, not ${expected.frameCount}`);
  for (const stream of [video, audio]) {
    const seconds = (Number(stream.duration) * stream.timeBase.num) / stream.timeBase.den;
    expect(Math.abs(seconds - expected.duration) < expected.frameDuration, `a track lasts ${seconds} s`);
  }
}

function expect(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new EngineError("internal_server_error", `The encoded video is not as it must be: ${problem}.`);
  }
}

/** The outermost boxes of an MP4 file (ISO 14496-12, 4.2), in order. */
async function topLevelBoxes(path: string): Promise<{ type: string; sizeBytes: number }[]> {
  const file = await open(path, "r");
  try {
    const { size: fileBytes } = await file.stat();
    const header = Buffer.alloc(16);
    const boxes: { type: string; sizeBytes: number }[] = [];
    for (let offset = 0; offset + 8 <= fileBytes; ) {
      await file.read(header, 0, 16, offset);
      const size32 = header.readUInt32BE(0);
      const sizeBytes =
        size32 === 1 ? Number(header.readBigUInt64BE(8)) : size32 === 0 ? fileBytes - offset : size32;
      expect(sizeBytes >= 8 && offset + sizeBytes <= fileBytes, "it is cut short");
      boxes.push({ type: header.toString("latin1", 4, 8), sizeBytes });
      offset += sizeBytes;
    }
    return boxes;
  } finally {
    await file.close();
  }
}
