import type { OutputFormat } from "../request/index.js";
import type { Video } from "./video.js";

/** How a finished file of each format is put together. */
export type VideoFormat = {
  readonly contentType: Video["contentType"];
  /** FFmpeg's name of the writer. */
  readonly muxer: string;
  readonly options: Readonly<Record<string, string>>;
};

/** The formats of a finished file. */
export const VIDEO_FORMATS: Readonly<Record<OutputFormat, VideoFormat>> = {
  // The index in front, so that a player can start before the whole file has arrived.
  mp4: { contentType: "video/mp4", muxer: "mp4", options: { movflags: "+faststart" } },
  // The same. Only the flags of the tracks decide what is shown unasked.
  webm: {
    contentType: "video/webm",
    muxer: "webm",
    options: { cues_to_front: "1", default_mode: "passthrough" },
  },
  // The index comes last: editors have the whole file, and moving a gigabyte to make room takes long.
  mov: { contentType: "video/quicktime", muxer: "mov", options: {} },
};

/** How the same packets are written for those who watch meanwhile: in short pieces, each complete in itself. */
export const LIVE_FORMATS: Readonly<Record<"mp4" | "webm", VideoFormat>> = {
  mp4: {
    ...VIDEO_FORMATS.mp4,
    // The beginning waits for the first piece: only then it is known where picture and sound start.
    options: { flush_packets: "1", movflags: "+empty_moov+default_base_moof+delay_moov+frag_custom" },
  },
  webm: { ...VIDEO_FORMATS.webm, options: { flush_packets: "1", live: "1", default_mode: "passthrough" } },
};
