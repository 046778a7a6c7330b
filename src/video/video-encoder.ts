import {
  AV_CODEC_FLAG_BITEXACT,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_CODEC_FLAG_QSCALE,
  AVCHROMA_LOC_LEFT,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
  FF_QP2LAMBDA,
} from "node-av/constants";
import { Codec, CodecContext, type Frame as NativeFrame, Packet, Rational } from "node-av/lib";
import { EngineError } from "../shared/errors.js";
import { KEYFRAME_SECONDS, type PictureRequest, pictureSettings } from "./encoder-settings.js";
import { checkNative, isDrained } from "./native-call.js";

/** What a track does with each packet it has made. Called before the packet is used again. */
export type PacketSink = (packet: Packet) => void;

/** H.264 High, VP9 or ProRes 4444; BT.709 limited range, tagged as such. */
export class VideoEncoder {
  readonly context: CodecContext;
  readonly #packet = new Packet();

  constructor(
    options: PictureRequest & { width: number; height: number; frameRate: number; threads: number },
  ) {
    const settings = pictureSettings(options);
    const codec = Codec.findEncoderByName(settings.encoder);
    if (!codec)
      throw new EngineError("internal_server_error", `The media library has no encoder ${settings.encoder}.`);
    const context = new CodecContext();
    context.allocContext3(codec);
    context.width = options.width;
    context.height = options.height;
    context.pixelFormat = settings.pixelFormat;
    context.sampleAspectRatio = new Rational(1, 1);
    context.timeBase = new Rational(1, options.frameRate);
    context.framerate = new Rational(options.frameRate, 1);
    context.gopSize = options.frameRate * KEYFRAME_SECONDS;
    context.threadCount = options.threads;
    context.colorRange = AVCOL_RANGE_MPEG;
    context.colorPrimaries = AVCOL_PRI_BT709;
    context.colorTrc = AVCOL_TRC_BT709;
    context.colorSpace = AVCOL_SPC_BT709;
    context.chromaLocation = AVCHROMA_LOC_LEFT;
    context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER, AV_CODEC_FLAG_BITEXACT);
    for (const [name, value] of Object.entries(settings.options)) {
      checkNative(context.setOption(name, value), `setting ${name} of the video encoder`);
    }
    if (settings.quantiser !== null) {
      context.setFlags(AV_CODEC_FLAG_QSCALE);
      context.globalQuality = settings.quantiser * FF_QP2LAMBDA;
    }
    // Options go in by setOption: passing a dictionary to open2Sync frees it twice (node-av 6.1.1).
    checkNative(context.open2Sync(codec, null), "opening the video encoder");
    this.#packet.alloc();
    this.context = context;
  }

  /** Encodes one frame on the encoder's threads. The frame is no longer read when the promise resolves. */
  async encode(frame: NativeFrame, index: number, sink: PacketSink): Promise<void> {
    frame.pts = BigInt(index);
    checkNative(await this.context.sendFrame(frame), `encoding frame ${index}`);
    for (;;) {
      const code = this.context.receivePacketSync(this.#packet);
      if (isDrained(code)) return;
      checkNative(code, `encoding frame ${index}`);
      sink(this.#packet);
    }
  }

  /** Takes out what the encoder still holds back. */
  async flush(sink: PacketSink): Promise<void> {
    checkNative(await this.context.sendFrame(null), "finishing the picture");
    for (;;) {
      const code = await this.context.receivePacket(this.#packet);
      if (isDrained(code)) return;
      checkNative(code, "finishing the picture");
      sink(this.#packet);
    }
  }

  close(): void {
    this.#packet.free();
    this.context.freeContext();
  }
}
