import { AVFMT_FLAG_CUSTOM_IO } from "node-av/constants";
import type { FormatContext, InputFormat, IOContext } from "node-av/lib";

/** How much of a file may be read to learn what is in it. */
const ANALYSE_BYTES = 5_000_000n;
const ANALYSE_MICROSECONDS = 10_000_000n;

/**
 * Opens a file of a stranger so that nothing but its own bytes is ever read: no other file, no address, no container
 * of another kind inside.
 *
 * @param io - gives the bytes; it stays the caller's
 * @returns FFmpeg's code: negative when the file cannot be opened
 */
export async function openConfined(
  format: FormatContext,
  io: IOContext,
  container: InputFormat,
): Promise<number> {
  format.pb = io;
  format.setFlags(AVFMT_FLAG_CUSTOM_IO);
  format.setOption("protocol_whitelist", "none");
  format.setOption("format_whitelist", container.name ?? "");
  format.probesize = ANALYSE_BYTES;
  format.maxAnalyzeDuration = ANALYSE_MICROSECONDS;
  return format.openInput("", container, null);
}
