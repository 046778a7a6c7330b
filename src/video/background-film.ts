import type { AVPixelFormat } from "node-av/constants";
import { avGetPixFmtName, type Frame as NativeFrame } from "node-av/lib";
import type { BackgroundFilm, Frame } from "../frames/index.js";
import { AssetError, EngineError } from "../shared/errors.js";
import { FILM_FORMATS } from "./film-containers.js";
import {
  completeKind,
  isHighDynamicRange,
  type PictureKind,
  planConversion,
  seenSize,
} from "./film-conversion.js";
import { FilmPlayer } from "./film-player.js";
import { FilterChain } from "./filter-chain.js";
import { UnreadableFilmError } from "./unreadable-film-error.js";

/** A film to be played, and how to speak of it in errors. */
export type FilmSource = {
  /** Of a file that does not change while it is played. */
  readonly path: string;
  /** Path of the request field that named the film. */
  readonly field: readonly (string | number)[];
  /** The field's value, fit for a message. */
  readonly input: string;
};

/** The frames that are wanted. */
export type FilmTarget = {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Threads of the decoder. @defaultValue 2 */
  readonly threads?: number;
};

/** What is known of a film whose first picture was decoded. */
export type FilmFacts = {
  /** Size of its pictures as they are seen, pixels. */
  readonly width: number;
  readonly height: number;
  readonly warnings: readonly string[];
};

/** Frames of a short film that are kept instead of being decoded at every repetition, bytes. */
const KEPT_BYTES = 32_000_000;
/** Seconds by which a picture may come too late: times in files are rounded. */
const SAME_TIME = 0.002;

/**
 * Opens a film as a background: upright, cropped to cover the frame, at the frame rate of the video, repeated without
 * end. Only a few pictures are in memory, however long the film is; while a frame is drawn, the next one is made on
 * other threads. Where the file is damaged the film begins again, or stands still.
 *
 * @throws {@link AssetError} `unsupported_video_format` when no picture can be decoded
 */
export async function openBackgroundFilm(
  source: FilmSource,
  target: FilmTarget,
): Promise<BackgroundFilm & { close(): Promise<void> }> {
  return explained(source, async () => {
    const film = new PlayedFilm(await FilmPlayer.open(source.path, target.threads ?? 2), target);
    try {
      await film.begin();
    } catch (error) {
      await film.close();
      throw error;
    }
    return film;
  });
}

/**
 * Decodes the first picture of a film, so that a bad file shows before a video is made with it.
 *
 * @throws {@link AssetError} `unsupported_video_format`
 */
export async function probeFilm(source: FilmSource): Promise<FilmFacts> {
  return explained(source, async () => {
    const film = new PlayedFilm(await FilmPlayer.open(source.path, 1), {
      width: 64,
      height: 64,
      frameRate: 25,
    });
    try {
      return await film.begin();
    } finally {
      await film.close();
    }
  });
}

type KeptFrame = { readonly time: number; readonly frame: Frame };

class PlayedFilm implements BackgroundFilm {
  #converter: { readonly key: string; readonly chain: FilterChain } | null = null;
  /** The picture that was converted last. */
  #shown: { readonly native: NativeFrame; readonly frame: Frame } | null = null;
  /** The frame that was asked for last, and the one that is expected to be asked for next. */
  #last: { readonly index: number; readonly frame: Frame } | null = null;
  #ahead: { readonly index: number; readonly frame: Promise<Frame> } | null = null;
  /** Two sets of planes take turns, unless frames are kept. */
  readonly #buffers: Frame[] = [];
  #turn = 0;
  #kept: KeptFrame[] | null = [];
  #loop: { readonly length: number; readonly frames: readonly KeptFrame[] } | null = null;

  constructor(
    private readonly player: FilmPlayer,
    private readonly target: FilmTarget,
  ) {}

  /** Makes the first frame. */
  async begin(): Promise<FilmFacts> {
    const native = await this.player.at(0);
    if (native === null)
      throw new UnreadableFilmError(
        "holds no picture that can be decoded: it is empty, damaged or encrypted",
      );
    const kind = this.#kindOf(native);
    await this.#make(0).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      throw new UnreadableFilmError(`has pictures of a kind that is not read (${kind.format})`);
    });
    const { width, height } = seenSize(kind);
    return {
      width: Math.round(width),
      height: Math.round(height),
      warnings: isHighDynamicRange(kind)
        ? [
            "The background video has a high dynamic range; its brightest parts are shown darker than they are.",
          ]
        : [],
    };
  }

  async frame(index: number): Promise<Frame> {
    if (this.#last?.index === index) return this.#last.frame;
    const expected = this.#ahead;
    const early = expected === null ? null : await expected.frame;
    const frame = early !== null && expected?.index === index ? early : await this.#make(index);
    const next = this.#make(index + 1);
    // Whoever asks for it learns of the failure.
    next.catch(() => {});
    this.#ahead = { index: index + 1, frame: next };
    this.#last = { index, frame };
    return frame;
  }

  async close(): Promise<void> {
    await this.#ahead?.frame.catch(() => {});
    this.#ahead = null;
    this.#converter?.chain.close();
    this.#converter = null;
    await this.player.close();
  }

  async #make(index: number): Promise<Frame> {
    const time = index / this.target.frameRate + SAME_TIME;
    if (this.#loop !== null) return frameAt(this.#loop.frames, time % this.#loop.length);
    const native = await this.player.at(time);
    if (this.#kept !== null && this.player.length !== null && time >= this.player.length) {
      // Nothing more is decoded from now on.
      this.#loop = { length: this.player.length, frames: this.#kept };
      return frameAt(this.#kept, time % this.player.length);
    }
    if (native === null || (this.#shown !== null && native === this.#shown.native)) return this.#shown!.frame;
    const made = await this.#convert(native).catch((error: unknown) => {
      // A picture in the middle that cannot be shown: the last one stays.
      if (this.#shown === null) throw error;
      return this.#shown.frame;
    });
    this.#shown = { native, frame: made };
    this.#keep({ time: time - SAME_TIME / 2, frame: made });
    return made;
  }

  #keep(kept: KeptFrame): void {
    if (this.#kept === null) return;
    this.#kept.push(kept);
    const { width, height } = this.target;
    if (this.#kept.length * width * height * 1.5 > KEPT_BYTES) this.#kept = null;
  }

  async #convert(native: NativeFrame): Promise<Frame> {
    const kind = this.#kindOf(native);
    native.colorRange = kind.range;
    native.colorSpace = kind.matrix;
    native.colorPrimaries = kind.primaries;
    native.colorTrc = kind.transfer;
    const key = JSON.stringify(kind);
    if (this.#converter?.key !== key) {
      this.#converter?.chain.close();
      this.#converter = null;
      const { width, height, format } = native;
      const { matrix: colorSpace, range: colorRange } = kind;
      const facts = { width, height, format, colorSpace, colorRange, timeBase: { num: 1, den: 1_000_000 } };
      this.#converter = { key, chain: new FilterChain(facts, planConversion(kind, this.target), 1) };
    }
    const { chain } = this.#converter;
    chain.add(native);
    const converted = await chain.take();
    if (converted === null) throw new UnreadableFilmError("has a picture that cannot be shown");
    try {
      return this.#copy(converted);
    } finally {
      converted.free();
    }
  }

  #kindOf(native: NativeFrame): PictureKind {
    const input = this.player.input;
    return completeKind({
      width: native.width,
      height: native.height,
      format: avGetPixFmtName(native.format as AVPixelFormat) ?? "",
      matrix: native.colorSpace,
      range: native.colorRange,
      primaries: native.colorPrimaries,
      transfer: native.colorTrc,
      pixelAspect: input?.pixelAspect(native) ?? 1,
      turn: input?.turn ?? { mirrored: false, quarters: 0 },
    });
  }

  #copy(native: NativeFrame): Frame {
    const frame = this.#buffer();
    const planes = native.data!;
    copyPlane(planes[0]!, native.linesize[0]!, frame.y, frame.width);
    copyPlane(planes[1]!, native.linesize[1]!, frame.u, frame.width / 2);
    copyPlane(planes[2]!, native.linesize[2]!, frame.v, frame.width / 2);
    return frame;
  }

  #buffer(): Frame {
    if (this.#kept !== null) return newFrame(this.target);
    this.#turn = 1 - this.#turn;
    this.#buffers[this.#turn] ??= newFrame(this.target);
    return this.#buffers[this.#turn]!;
  }
}

function newFrame({ width, height }: FilmTarget): Frame {
  const luma = width * height;
  const bytes = new Uint8Array(luma * 1.5);
  return {
    width,
    height,
    y: bytes.subarray(0, luma),
    u: bytes.subarray(luma, luma * 1.25),
    v: bytes.subarray(luma * 1.25),
  };
}

function copyPlane(from: Buffer, stride: number, to: Uint8Array, width: number): void {
  if (stride === width) to.set(from.subarray(0, to.length));
  else
    for (let at = 0, row = 0; at < to.length; at += width, row += stride)
      to.set(from.subarray(row, row + width), at);
}

/** The frame that is seen at a time: the last one that does not come later. */
function frameAt(frames: readonly KeptFrame[], time: number): Frame {
  let found = frames[0]!.frame;
  for (const kept of frames) if (kept.time <= time) found = kept.frame;
  return found;
}

/** Says what is wrong with a film as an error of the request. */
async function explained<T>({ field, input }: FilmSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnreadableFilmError)) throw error;
    const usual = `Give a video in any usual format, for example ${FILM_FORMATS.slice(0, 6).join(", ")}.`;
    const message = `The background video ${error.message}. ${error.cure ?? usual}`;
    throw new AssetError("unsupported_video_format", message, {
      field,
      input,
      context: { supported_formats: FILM_FORMATS },
    });
  }
}
