import type { Framing } from "../frames/index.js";
import type { Performance } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { Speech } from "../speech/index.js";
import type { Video } from "../video/index.js";
import type { RenderReport } from "./media-messages.js";
import type { TalkStage } from "./talk-options.js";

/** The output object of the model, as fal's clients expect it. */
export type TalkOutput = {
  readonly video: {
    readonly url: string;
    readonly content_type: string;
    readonly file_name: string;
    readonly file_size: number;
  };
};

/** What was said and when, without the sound itself: that is in the video. */
export type SpeechTimeline = Omit<Speech, "samples">;

/** A finished talk. */
export type TalkResult = {
  readonly output: TalkOutput;
  readonly video: Video;
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
  readonly performance: Performance;
  readonly framing: Framing;
};
