import {
  AV_CODEC_ID_MOV_TEXT,
  AV_CODEC_ID_WEBVTT,
  type AVDisposition,
  AVMEDIA_TYPE_SUBTITLE,
} from "node-av/constants";
import { Dictionary, Packet, Rational, type Stream } from "node-av/lib";
import type { OutputFormat } from "../request/index.js";
import { iso639 } from "./language-code.js";
import type { ExtraTrack, MediaWriter } from "./media-writer.js";

/** A text that is shown at one time, `[start, end)` in seconds. Lines are separated by line feeds. */
export type TextCue = { readonly start: number; readonly end: number; readonly text: string };

/** Texts that players can show over a video, in order and without overlap. */
export type TextTrackInput = {
  readonly cues: readonly TextCue[];
  /** BCP 47 tag; `null` when it is not known. */
  readonly language: string | null;
};

/** Cues are timed in milliseconds. */
const TICKS_PER_SECOND = 1000;

/**
 * A track of text: `mov_text` (3GPP timed text) in MP4 and MOV, WebVTT in WebM. Players offer it, and show it only when they are
 * asked to.
 */
export class TextTrack implements ExtraTrack {
  readonly timeBase = new Rational(1, TICKS_PER_SECOND);
  readonly #packet = new Packet();
  #next = 0;

  constructor(
    private readonly input: TextTrackInput,
    private readonly format: OutputFormat,
  ) {
    this.#packet.alloc();
  }

  describe(stream: Stream): void {
    const { codecpar } = stream;
    codecpar.codecType = AVMEDIA_TYPE_SUBTITLE;
    if (this.format === "webm") codecpar.codecId = AV_CODEC_ID_WEBVTT;
    else {
      codecpar.codecId = AV_CODEC_ID_MOV_TEXT;
      codecpar.codecTag = "tx3g";
      codecpar.extradata = SAMPLE_DESCRIPTION;
    }
    // Not shown unasked.
    stream.disposition = 0 as AVDisposition;
    stream.metadata = Dictionary.fromObject({ language: iso639(this.input.language) });
  }

  /** Writes the cues that begin before `seconds`. */
  writeUntil(seconds: number, writer: MediaWriter, track: number): void {
    const { cues } = this.input;
    for (; this.#next < cues.length && cues[this.#next]!.start < seconds; this.#next++) {
      const { start, end, text } = cues[this.#next]!;
      const packet = this.#packet;
      packet.data = this.format === "webm" ? Buffer.from(escapeVtt(text)) : timedText(text);
      const begin = Math.round(start * TICKS_PER_SECOND);
      packet.pts = BigInt(begin);
      packet.dts = packet.pts;
      packet.duration = BigInt(Math.round(end * TICKS_PER_SECOND) - begin);
      packet.isKeyframe = true;
      writer.write(packet, track);
    }
  }

  close(): void {
    this.#packet.free();
  }
}

/** A sample of 3GPP timed text (3GPP TS 26.245, 5.17): the length of the text, and the text. */
function timedText(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 0xffff);
  const sample = Buffer.alloc(2 + bytes.length);
  sample.writeUInt16BE(bytes.length);
  bytes.copy(sample, 2);
  return sample;
}

function escapeVtt(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** How the text looks where a player leaves it to us: white, centred, at the bottom (3GPP TS 26.245, 5.16). */
const SAMPLE_DESCRIPTION = Buffer.concat([
  // Display flags; centred, at the bottom; a transparent background; the whole of the picture.
  Buffer.from([0, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  // For all characters: the first font, plain, 18 units high, opaque white.
  Buffer.from([0, 0, 0, 0, 0, 1, 0, 18, 255, 255, 255, 255]),
  // The table of fonts, with one: its number, and its name after the length of that.
  Buffer.from([0, 0, 0, 23, ...Buffer.from("ftab"), 0, 1, 0, 1, 10, ...Buffer.from("Sans-Serif")]),
]);
