import type { TalkNote, TalkProgress, TalkResult } from "../pipeline/index.js";
import type { TalkEvent } from "../queue/index.js";
import type { TalkRequest } from "../request/index.js";

/** What is told about a running talk, in the shapes in which it becomes known. */
export type TalkDescription = {
  note(note: TalkNote): void;
  progress(progress: TalkProgress): void;
  finished(result: Pick<TalkResult, "duration" | "timings">): void;
};

/** Percent between two lines about the same work. */
const PERCENT_STEP = 10;

/** Turns what is known about a talk into sentences for the caller and into numbers for a progress bar. */
export function describeTalk(request: TalkRequest, onEvent: (event: TalkEvent) => void): TalkDescription {
  const say = (message: string): void => onEvent({ type: "log", level: "INFO", message });
  const warn = (message: string): void => onEvent({ type: "log", level: "WARN", message });
  let percentTold = 0;
  let overallTold = -1;
  if (request.prompt === null && request.audio === null)
    warn("Neither `prompt` nor `audio_url` is given: the video is a living portrait without speech.");
  return {
    note(note) {
      if (note.type === "photo") say(`The photo is ${note.width} x ${note.height} pixels.`);
      if (note.type === "speech" && note.source !== "silence") say(`Speech: ${note.duration.toFixed(1)} s.`);
      if (note.type === "video")
        say(`Rendering ${note.frameCount} frames of ${note.width} x ${note.height} pixels.`);
      if (note.type === "warning") warn(note.message);
    },
    progress({ stage, fraction, overall }) {
      if (overall > overallTold) {
        overallTold = overall;
        onEvent({ type: "progress", overall, stage });
      }
      if (stage !== "render") return;
      const percent = Math.floor((fraction * 100) / PERCENT_STEP) * PERCENT_STEP;
      if (percent <= percentTold) return;
      percentTold = percent;
      say(`Rendering: ${percent} %`);
    },
    finished({ duration, timings }) {
      const factor = timings.total / duration;
      say(
        `Done: ${duration.toFixed(1)} s of video in ${timings.total.toFixed(1)} s, ` +
          `a real-time factor of ${factor.toFixed(2)}.`,
      );
    },
  };
}
