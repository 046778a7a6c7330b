import { constants } from "node:os";
import { AV_LOG_ERROR, AVERROR_EAGAIN, AVERROR_ENOSPC, AVERROR_EOF } from "node-av/constants";
import { FFmpegError, Log } from "node-av/lib";
import { EngineError } from "../shared/errors.js";

// libx264 and the demuxers write to stderr by themselves; what matters reaches us as a return code.
Log.setLevel(AV_LOG_ERROR);

const lastWords: string[] = [];
Log.setCallback(
  (_level, message) => {
    lastWords.push(message.trim());
    if (lastWords.length > 8) lastWords.shift();
  },
  { maxLevel: AV_LOG_ERROR },
);

/** What FFmpeg complained about most recently, for an {@link EngineError}. */
export function nativeLastWords(): string {
  return lastWords.join("\n");
}

/** Whether a code only says that more input is needed, or that all output was taken. */
export function isDrained(code: number): boolean {
  return code === AVERROR_EAGAIN || code === AVERROR_EOF;
}

/** A full disk, or an exhausted share of it. */
const FULL_CODES: ReadonlySet<number> = new Set([
  AVERROR_ENOSPC,
  -constants.errno.EDQUOT,
  -constants.errno.EFBIG,
]);

/**
 * Passes a return code of FFmpeg through, or turns it into an error.
 *
 * @throws {@link EngineError} when the code is negative
 */
export function checkNative(code: number, doing: string): number {
  if (code >= 0) return code;
  const context = { tool: "ffmpeg", code, stderr: nativeLastWords() };
  if (FULL_CODES.has(code)) {
    throw new EngineError("internal_server_error", `The disk is full (while ${doing}). Free some space.`, {
      context,
    });
  }
  const reason = FFmpegError.strerror(code);
  throw new EngineError("internal_server_error", `The media library failed while ${doing}: ${reason}.`, {
    context,
  });
}
