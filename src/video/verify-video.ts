import { AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_SUBTITLE, AVMEDIA_TYPE_VIDEO } from "node-av/constants";
import { FormatContext, Packet, type Stream } from "node-av/lib";
import type { OutputFormat } from "../request/index.js";
import { EngineError } from "../shared/errors.js";
import { boxesOf, elementsOf } from "./file-parts.js";
import { checkNative } from "./native-call.js";

/** What a finished file must be. Times in seconds. */
export type ExpectedVideo = {
  /** @defaultValue `"mp4"` */
  readonly format?: OutputFormat;
  /** @defaultValue `false` */
  readonly hasAlpha?: boolean;
  /** How many texts the text track has; without such a track `null`. @defaultValue `null` */
  readonly textCues?: number | null;
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
  const { format: kind = "mp4" } = expected;
  const { parts, sizeBytes, isCut } = await (kind === "webm" ? elementsOf(path) : boxesOf(path));
  expect(!isCut, "it is cut short");
  checkOrder(
    parts.map(({ name }) => name),
    kind,
  );
  const format = new FormatContext();
  checkNative(await format.openInput(path, null, null), "opening the finished file");
  try {
    const tracks = kind === "webm" ? await readTracks(format) : format.streams.map(trackOf);
    checkTracks(tracks, expected);
  } finally {
    await format.closeInput();
    format.freeContext();
  }
  return { sizeBytes };
}

/** Media data, and where a player is to start early, the index before it. */
function checkOrder(order: readonly string[], kind: OutputFormat): void {
  const [data, index] = kind === "webm" ? ["Cluster", "Cues"] : ["mdat", "moov"];
  expect(order.includes(data), `it has no media data (${order.join(" ")})`);
  expect(order.includes(index), `it has no index (${order.join(" ")})`);
  expect(kind === "mov" || order.indexOf(index) < order.indexOf(data), "its index is not in front");
}

/** What a track says of itself, or where it says nothing, what was found in it. */
type Track = { readonly stream: Stream; readonly packets: number; readonly end: number };

function trackOf(stream: Stream): Track {
  return {
    stream,
    packets: Number(stream.nbFrames),
    end: (Number(stream.duration) * stream.timeBase.num) / stream.timeBase.den,
  };
}

/** Reads all packets: WebM does not say how many there are. */
async function readTracks(format: FormatContext): Promise<Track[]> {
  const { streams } = format;
  const found = streams.map((stream) => ({ stream, packets: 0, end: 0 }));
  const packet = new Packet();
  packet.alloc();
  try {
    while ((await format.readFrame(packet)) >= 0) {
      const track = found[packet.streamIndex]!;
      const { num, den } = track.stream.timeBase;
      track.packets++;
      track.end = Math.max(track.end, (Number(packet.pts + packet.duration) * num) / den);
      packet.unref();
    }
  } finally {
    packet.free();
  }
  return found;
}

function checkTracks(tracks: readonly Track[], expected: ExpectedVideo): void {
  const { format = "mp4", hasAlpha = false, textCues = null } = expected;
  const wanted = textCues === null ? 2 : 3;
  expect(tracks.length === wanted, `it has ${tracks.length} tracks, not ${wanted}`);
  const find = (type: number): Track | undefined =>
    tracks.find(({ stream }) => stream.codecpar.codecType === type);
  const picture = find(AVMEDIA_TYPE_VIDEO);
  const sound = find(AVMEDIA_TYPE_AUDIO);
  expect(picture !== undefined && sound !== undefined, "picture or sound is missing");
  const { width, height } = picture.stream.codecpar;
  expect(width === expected.width && height === expected.height, `its size is ${width}x${height}`);
  const { packets } = picture;
  expect(packets === expected.frameCount, `it has ${packets} frames, not ${expected.frameCount}`);
  for (const { end } of [picture, sound])
    expect(Math.abs(end - expected.duration) < expected.frameDuration, `a track lasts ${end} s`);
  if (format !== "mp4")
    expect(saysAlpha(picture.stream, format) === hasAlpha, "it is not as transparent as the frames");
  if (textCues === null) return;
  const text = find(AVMEDIA_TYPE_SUBTITLE);
  expect(text !== undefined && text.packets >= textCues, "its text track is not complete");
}

/** Whether a file says that its picture has coverage; without that word players leave it out. */
function saysAlpha(stream: Stream, format: OutputFormat): boolean {
  if (format === "webm") return stream.metadata?.get("alpha_mode") === "1";
  return stream.codecpar.bitsPerCodedSample === 32;
}

function expect(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new EngineError("internal_server_error", `The encoded video is not as it must be: ${problem}.`);
  }
}
