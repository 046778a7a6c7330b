import {
  AV_DISPOSITION_DEFAULT,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  FF_DECODER_LIBVPX_VP9,
} from "node-av/constants";
import { Codec, CodecContext, FormatContext, Frame, Packet } from "node-av/lib";
import { PlanarConverter } from "../../src/video/planar-converter.js";

/** What a player finds in a track. Times in seconds. */
export type TrackFacts = {
  readonly kind: "video" | "audio" | "text";
  readonly codec: string;
  readonly packets: number;
  readonly start: number;
  readonly duration: number;
  readonly keyframes: readonly number[];
  /** Whether players show it unasked. */
  readonly isDefault: boolean;
  readonly language: string | null;
  readonly parameters: CodecContextFacts;
};

type CodecContextFacts = Pick<
  FormatContext["streams"][number]["codecpar"],
  | "profile"
  | "format"
  | "width"
  | "height"
  | "colorRange"
  | "colorPrimaries"
  | "colorTrc"
  | "colorSpace"
  | "sampleRate"
  | "channels"
>;

const KINDS = new Map<number, TrackFacts["kind"]>([
  [AVMEDIA_TYPE_VIDEO, "video"],
  [AVMEDIA_TYPE_AUDIO, "audio"],
]);

/** Reads every packet of a file. */
export async function readTracks(path: string): Promise<TrackFacts[]> {
  const format = new FormatContext();
  if ((await format.openInput(path, null, null)) < 0) throw new Error(`cannot open ${path}`);
  await format.findStreamInfo(null);
  const packet = new Packet();
  packet.alloc();
  const counts = format.streams.map(() => 0);
  const keyframes: number[][] = format.streams.map(() => []);
  while ((await format.readFrame(packet)) >= 0) {
    if (packet.isKeyframe) keyframes[packet.streamIndex]!.push(counts[packet.streamIndex]!);
    counts[packet.streamIndex]!++;
    packet.unref();
  }
  const facts = format.streams.map((stream, index): TrackFacts => {
    const seconds = (value: bigint) => (Number(value) * stream.timeBase.num) / stream.timeBase.den;
    const { codecpar } = stream;
    return {
      kind: KINDS.get(codecpar.codecType) ?? "text",
      codec: Codec.findDecoder(codecpar.codecId)?.name ?? "",
      packets: counts[index]!,
      start: seconds(stream.startTime),
      duration: seconds(stream.duration),
      keyframes: keyframes[index]!,
      isDefault: (stream.disposition & AV_DISPOSITION_DEFAULT) !== 0,
      language: stream.metadata?.get("language") ?? null,
      parameters: {
        profile: codecpar.profile,
        format: codecpar.format,
        width: codecpar.width,
        height: codecpar.height,
        colorRange: codecpar.colorRange,
        colorPrimaries: codecpar.colorPrimaries,
        colorTrc: codecpar.colorTrc,
        colorSpace: codecpar.colorSpace,
        sampleRate: codecpar.sampleRate,
        channels: codecpar.channels,
      },
    };
  });
  packet.free();
  await format.closeInput();
  return facts;
}

/** Calls `look` with the planes of every picture of a file, in the order of presentation, and waits for it. */
export async function decodePictures(
  path: string,
  look: (picture: { index: number; planes: Buffer[]; strides: number[] }) => void | Promise<void>,
): Promise<void> {
  let index = 0;
  await decodeFrames(path, "video", (frame) =>
    look({ index: index++, planes: frame.data ?? [], strides: frame.linesize }),
  );
}

/** The sound of a file of any container, its channels averaged, at the nearest samples of another rate; empty without sound. */
export async function decodeSound(path: string, rate: number): Promise<Float32Array> {
  const converter = new PlanarConverter();
  const blocks: Float32Array[] = [];
  let ownRate = rate;
  await decodeFrames(path, "audio", (frame) => {
    const { planes, sampleRate } = converter.convert(frame, 2);
    ownRate = sampleRate;
    blocks.push(planes[0]!.map((_, i) => planes.reduce((sum, plane) => sum + plane[i]!, 0) / planes.length));
  });
  converter.close();
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  const own = new Float32Array(length);
  let at = 0;
  for (const block of blocks) {
    own.set(block, at);
    at += block.length;
  }
  const count = Math.floor((length * rate) / ownRate);
  return Float32Array.from(
    { length: count },
    (_, i) => own[Math.min(length - 1, Math.floor((i * ownRate) / rate))]!,
  );
}

async function decodeFrames(
  path: string,
  kind: "video" | "audio",
  look: (frame: Frame) => void | Promise<void>,
): Promise<void> {
  const format = new FormatContext();
  if ((await format.openInput(path, null, null)) < 0) throw new Error(`cannot open ${path}`);
  await format.findStreamInfo(null);
  const wanted = kind === "video" ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  const stream = format.streams.find((candidate) => candidate.codecpar.codecType === wanted);
  if (stream === undefined) {
    await format.closeInput();
    return;
  }
  // FFmpeg's own decoder of VP9 leaves coverage out.
  const decoder =
    stream.metadata?.get("alpha_mode") === "1"
      ? Codec.findDecoderByName(FF_DECODER_LIBVPX_VP9)!
      : Codec.findDecoder(stream.codecpar.codecId)!;
  const codec = new CodecContext();
  codec.allocContext3(decoder);
  codec.parametersToContext(stream.codecpar);
  codec.open2Sync(decoder, null);
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  for (let reading = true; reading; ) {
    reading = (await format.readFrame(packet)) >= 0;
    if (reading && packet.streamIndex !== stream.index) continue;
    codec.sendPacketSync(reading ? packet : null);
    packet.unref();
    while (codec.receiveFrameSync(frame) >= 0) {
      await look(frame);
      frame.unref();
    }
  }
  frame.free();
  packet.free();
  codec.freeContext();
  await format.closeInput();
}
