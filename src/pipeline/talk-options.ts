import type { EncoderPreset } from "../video/index.js";
import type { TalkNote } from "./talk-notes.js";

/** The stages of a talk, in the order in which they are reported. */
export const TALK_STAGES = [
  "assets",
  "portrait",
  "speech",
  "performance",
  "framing",
  "render",
  "storage",
] as const;
/** One of the {@link TALK_STAGES}. */
export type TalkStage = (typeof TALK_STAGES)[number];

/** How far the work is. Stages may overlap: `speech` runs beside `portrait`. */
export type TalkProgress = {
  readonly stage: TalkStage;
  /** Share of this stage that is done, `[0, 1]`. */
  readonly fraction: number;
  /** Share of the whole work that is done, `[0, 1]`, never decreasing. */
  readonly overall: number;
  /** While rendering: frames encoded so far, and how many there will be. */
  readonly frame?: number;
  readonly frameCount?: number;
};

/** How one talk is to be made. */
export type TalkOptions = {
  /** Where the video shall appear. An existing file is replaced in one step when the new one is complete. */
  readonly outPath: string;
  /**
   * Where the video is written as well while it is made, so that it can be played as it grows. The file begins to exist
   * when the first frame has been drawn. It is removed when the talk fails; otherwise the caller removes it. Only for
   * requests with `extras.progressive`.
   */
  readonly livePath?: string;
  /** Cancels: the promise rejects with `CancelledError`, and no file and no process is left. */
  readonly signal?: AbortSignal;
  /** Called at each change of stage and about ten times a second while rendering. */
  readonly onProgress?: (progress: TalkProgress) => void;
  /** Called with what becomes known on the way: sizes, the length of the speech, warnings as they arise. */
  readonly onNote?: (note: TalkNote) => void;
  /** Existing directory below which everything made on the way lies. @defaultValue that of the program */
  readonly tempDir?: string;
  /**
   * Files that are here already: what stands in the request, exactly, and the path of its copy. They are read although
   * `allowLocalPaths` is false.
   */
  readonly localCopies?: Readonly<Record<string, string>>;
  /** Whether `image` and `audio` may be paths of this machine (command line only). @defaultValue `false` */
  readonly allowLocalPaths?: boolean;
  /** Encoder settings, for measurements. @defaultValue `"tuned"` */
  readonly preset?: EncoderPreset;
};
