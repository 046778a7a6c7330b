import type { Packet } from "node-av/lib";
import type { Frame } from "../frames/index.js";
import type { OutputFormat } from "../request/index.js";
import type { SampleFile } from "../shared/sample-file.js";
import { AudioEncoder } from "./audio-encoder.js";
import { DeepFrames } from "./deep-frames.js";
import type { PictureRequest } from "./encoder-settings.js";
import { FrameRing } from "./frame-ring.js";
import type { FrameSource } from "./frame-source.js";
import { hideTextTrack } from "./hide-text-track.js";
import { LiveWriter } from "./live-writer.js";
import { MediaWriter } from "./media-writer.js";
import { TextTrack, type TextTrackInput } from "./text-track.js";
import { VideoEncoder } from "./video-encoder.js";
import { VIDEO_FORMATS } from "./video-format.js";

/** What a film is made of. */
export type FilmOptions = PictureRequest & {
  readonly width: number;
  readonly height: number;
  /** How many drawn frames exist at the same time. */
  readonly slots: number;
  readonly frameCount: number;
  readonly frameRate: number;
  readonly samples: Float32Array | SampleFile;
  readonly sampleRate: number;
  readonly threads: number;
  readonly textTrack: TextTrackInput | null;
  /** Of the unfinished file. */
  readonly path: string;
  /** Of the file for those who watch meanwhile. */
  readonly live: { readonly path: string; readonly format: Exclude<OutputFormat, "mov"> } | null;
};

const TRACK = { picture: 0, sound: 1, text: 2 } as const;

/** Encodes picture and sound, and writes both to one file, or to two of the same packets. */
export class FilmWriter {
  /** When the first packet of the picture was there, by `performance.now()`; 0 before. */
  firstPacketAt = 0;
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  #picture!: VideoEncoder;
  #sound!: AudioEncoder;
  #frames!: FrameSource;
  #file!: MediaWriter;
  #live: LiveWriter | null = null;
  #text: TextTrack | null = null;

  private constructor(private readonly options: FilmOptions) {}

  /** @throws {@link EngineError} when an encoder or a file cannot be opened */
  static async open(options: FilmOptions): Promise<FilmWriter> {
    const film = new FilmWriter(options);
    try {
      await film.#open();
      return film;
    } catch (error) {
      await film.close();
      throw error;
    }
  }

  async #open(): Promise<void> {
    const { options } = this;
    const { format, frameCount, frameRate, sampleRate, samples } = options;
    const keep = <Part extends { close(): void | Promise<void> }>(part: Part): Part => {
      this.#cleanups.push(() => part.close());
      return part;
    };
    this.#picture = keep(new VideoEncoder(options));
    const sampleCount = Math.round((frameCount * sampleRate) / frameRate);
    this.#sound = keep(new AudioEncoder({ samples, sampleRate, sampleCount, format }));
    this.#frames = keep(format === "mov" ? new DeepFrames() : new FrameRing(options.slots, options.hasAlpha));
    const contexts = [this.#picture.context, this.#sound.context] as const;
    if (options.textTrack !== null) this.#text = keep(new TextTrack(options.textTrack, format));
    const extra = this.#text === null ? [] : ([this.#text] as const);
    this.#file = keep(await MediaWriter.create(options.path, VIDEO_FORMATS[format], contexts, ...extra));
    if (options.live !== null)
      this.#live = keep(await LiveWriter.create(options.live.path, options.live.format, contexts));
  }

  /** Encodes a drawn frame, and the sound until its end. The frame may be drawn over when the promise resolves. */
  async encode(frame: Frame, index: number): Promise<void> {
    const { frameRate, sampleRate } = this.options;
    const end = (index + 1) / frameRate;
    this.#text?.writeUntil(end, this.#file, TRACK.text);
    await Promise.all([
      this.#encodePicture(frame, index),
      this.#sound.encodeUntil(end * sampleRate, (packet) => this.#write(packet, TRACK.sound)),
    ]);
  }

  async #encodePicture(frame: Frame, index: number): Promise<void> {
    const native = await this.#frames.view(frame);
    await this.#picture.encode(native, index, (packet) => this.#write(packet, TRACK.picture));
  }

  /** Takes out what the encoders hold back, and completes the files. */
  async finish(): Promise<void> {
    await this.#sound.flush((packet) => this.#write(packet, TRACK.sound));
    await this.#picture.flush((packet) => this.#write(packet, TRACK.picture));
    await this.#live?.finish();
    await this.#file.finish();
    if (this.#text !== null && this.options.format !== "webm") await hideTextTrack(this.options.path);
  }

  /** Frees everything. The files are whole only if {@link finish} was called. */
  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }

  #write(packet: Packet, track: number): void {
    if (track === TRACK.picture) this.firstPacketAt ||= performance.now();
    this.#live?.write(packet, track);
    this.#file.write(packet, track);
  }
}
