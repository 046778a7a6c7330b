import type { HevcJob, Photo } from "../assets/index.js";
import type { Captions, Cue } from "../captions/index.js";
import type { Framing } from "../frames/index.js";
import type { Performance } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { CaptionStyle, ExtraOutput, OutputFormat } from "../request/index.js";
import type { TransferredError } from "../shared/error-transfer.js";
import type { SampleFile } from "../shared/sample-file.js";
import type {
  EncoderPreset,
  EncodeTimings,
  ExtraFile,
  FilmFacts,
  FilmSource,
  Video,
} from "../video/index.js";
import type { PhotoFile } from "./photo-file.js";

/** What stands behind the person, who has been cut out of the photo. Colours are sRGB `[0, 255]`. */
export type BackgroundJob =
  | { readonly type: "color"; readonly rgb: readonly [number, number, number] }
  | { readonly type: "picture"; readonly photo: PhotoFile }
  | {
      readonly type: "film";
      readonly path: string;
      readonly field: readonly string[];
      readonly input: string;
    }
  /** The video is transparent there. */
  | { readonly type: "nothing" };

/** Captions that are painted on the picture. Every character of them has a font. */
export type PaintedCaptions = { readonly cues: readonly Cue[]; readonly style: CaptionStyle };

/** What a video shows, without what moves. */
export type SceneJob = {
  readonly rig: Rig;
  /** A file when it may be large: messages are held several times. */
  readonly photo: Photo | PhotoFile;
  readonly framing: Framing;
  /** @defaultValue what the photo shows */
  readonly background?: BackgroundJob;
  /** Frames per second. */
  readonly frameRate: number;
  readonly threads?: number;
  /** Whether captions are going to be painted, so that what draws them is loaded ahead. @defaultValue false */
  readonly hasCaptions?: boolean;
};

/** A video to be drawn and encoded. Its scene may have been prepared before, while the speech was still being made. */
export type RenderJob = SceneJob & {
  readonly performance: Performance;
  /** What is said, for files and tracks. @defaultValue nothing */
  readonly captions?: Captions;
  /** @defaultValue none are painted */
  readonly paintedCaptions?: PaintedCaptions;
  /** Mono sound, not longer than the picture. A file when it may be long, for the same reason as the photo. */
  readonly samples: Float32Array | SampleFile;
  /** Hertz. */
  readonly sampleRate: number;
  /** Where the finished file shall be, and the unfinished one until then. */
  readonly path: string;
  readonly partPath: string;
  /** @defaultValue `"mp4"` */
  readonly format?: OutputFormat;
  /** Whether players can show the captions, and the language of them (BCP 47), where known. @defaultValue they cannot */
  readonly textTrack?: { readonly language: string | null };
  /** Files to be made beside the video, in its directory. @defaultValue none */
  readonly extras?: readonly ExtraOutput[];
  /** Where the same video is written as well so that it can be played while it grows. @defaultValue nowhere */
  readonly livePath?: string;
  readonly preset?: EncoderPreset;
  readonly threads?: number;
};

/** A finished {@link RenderJob}. */
export type RenderReport = {
  readonly video: Video;
  /** What else was made, in the order in which it was asked for. */
  readonly extras: readonly ExtraFile[];
  /** Seconds. `preparing` is what making the renderer took, be it before or within the job. */
  readonly timings: EncodeTimings & { readonly preparing: number };
};

/** Sound of unknown kind to be turned into samples. */
export type DecodeAudioJob = {
  readonly bytes: Uint8Array;
  /** Of the result, hertz. */
  readonly sampleRate: number;
  /** Request field and value to be named in errors. */
  readonly field: readonly (string | number)[];
  readonly input: string;
  /** Where the samples are written. */
  readonly path: string;
};

/** A recording as mono samples at the rate that was asked for. */
export type DecodeAudioReport = {
  readonly sound: SampleFile;
  /** What every sample is to be multiplied with, so that it is in `[-1, 1]`. */
  readonly gain: number;
  readonly warnings: readonly string[];
};

/** From the program to its media process. */
export type MediaRequest =
  /** From now on this directory is removed when the program dies. */
  | { readonly type: "workspace"; readonly path: string }
  /** Makes ready what the next render job shows. */
  | { readonly type: "prepare-scene"; readonly job: SceneJob }
  | { readonly type: "render"; readonly job: RenderJob }
  | { readonly type: "decode-audio"; readonly job: DecodeAudioJob }
  | { readonly type: "decode-hevc"; readonly job: HevcJob }
  | { readonly type: "probe-film"; readonly job: FilmSource };

/** From the media process to the program. One job is under way at a time. */
export type MediaReply =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly frame: number }
  /** Work goes on; there is nothing to show for it yet. */
  | { readonly type: "alive" }
  | { readonly type: "scene-ready" }
  | { readonly type: "rendered"; readonly report: RenderReport }
  | { readonly type: "decoded"; readonly report: DecodeAudioReport }
  | { readonly type: "pictures"; readonly pictures: readonly Uint8Array[] }
  | { readonly type: "film"; readonly facts: FilmFacts }
  | { readonly type: "failed"; readonly error: TransferredError };
