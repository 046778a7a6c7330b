import type { Captions } from "../captions/index.js";
import type { Framing } from "../frames/index.js";
import type { Performance } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { EXTRA_OUTPUT_KEYS, ExtraOutput } from "../request/index.js";
import type { Speech } from "../speech/index.js";
import type { ExtraFile, Video } from "../video/index.js";
import type { RenderReport } from "./media-messages.js";
import type { TalkStage } from "./talk-options.js";

/** A file as fal's clients expect it. */
export type OutputFile = {
  readonly url: string;
  readonly content_type: string;
  readonly file_name: string;
  /** Bytes. */
  readonly file_size: number;
};

/** The output object of the model, as fal's clients expect it. Extra files are absent when they were not asked for. */
export type TalkOutput = { readonly video: OutputFile } & {
  readonly [Key in (typeof EXTRA_OUTPUT_KEYS)[ExtraOutput]]?: OutputFile;
};

/** What was said and when, without the sound itself: that is in the video. */
export type SpeechTimeline = Omit<Speech, "samples">;

/** A finished talk. */
export type TalkResult = {
  readonly output: TalkOutput;
  readonly video: Video;
  /** What was made beside the video, in the order in which it was asked for; stored next to it. */
  readonly extras: readonly ExtraFile[];
  /** Length of the video, seconds. */
  readonly duration: number;
  readonly frameCount: number;
  /** Seconds per stage; stages may overlap, so that the sum can exceed `total`. */
  readonly timings: Readonly<Record<TalkStage | "total", number>> & {
    /** From the start of the talk to the first encoded frame. */
    readonly firstFrame: number;
  };
  /** What the time of the `render` stage was spent on, seconds; drawing and encoding overlap. */
  readonly renderTimings: RenderReport["timings"];
  /** What a person should know, from all stages, in the order of the stages, each once. */
  readonly warnings: readonly string[];
  readonly rig: Rig;
  readonly speech: SpeechTimeline;
  /** What is said, as it would be read, whether or not the video shows it. */
  readonly captions: Captions;
  readonly performance: Performance;
  readonly framing: Framing;
};
