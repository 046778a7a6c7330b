import { AVFMT_NOFILE } from "node-av/constants";
import { InputFormat } from "node-av/lib";
import { containerName, containerRefusal } from "./audio-containers.js";
import { UnreadableFilmError } from "./unreadable-film-error.js";
import "./native-call.js";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Containers that are opened for their pictures, by the first of FFmpeg's names. Every one was looked at: it holds its
 * pictures itself and names no other file or address that FFmpeg would open. Those of games and laboratories are left
 * out: their decoders are the oldest ones, and nobody keeps a background in them.
 */
export const FILM_CONTAINERS: ReadonlySet<string> = new Set([
  ...words("asf asf_o avi dv flv live_flv gxf kux matroska mov mpeg mpegts mxf nsv nut nuv ogg rm swf wtv"),
  // Pictures only: moving pictures of the web, and bare streams.
  ...words("apng av1 flic gif h263 h264 hevc ivf m4v mjpeg mpegvideo obu vc1 vvc webp_anim yuv4mpegpipe"),
]);

/** What the message recommends; everything is accepted that {@link FILM_CONTAINERS} lists. */
export const FILM_FORMATS = [
  ...[".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi", ".mpg", ".ts", ".flv", ".wmv", ".ogv", ".3gp"],
  ...[".gif", ".webp", ".apng"],
];

/** How much is looked at to tell what it is, bytes. */
export const PROBE_BYTES = 256 * 1024;

/** Still pictures, whose demuxers are named after them. */
const STILL = /^(image2|.*_pipe|ico|fits|filmstrip)$/;
/** Pictures in the container of MP4: HEIC and AVIF, but not their moving kinds. */
const STILL_BRAND = /^.{4}ftyp(heic|heix|heim|heis|mif1|avif)/s;
/** Begins like a picture that FFmpeg's probe may take for a video. */
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

/**
 * The container that a file begins like.
 *
 * @param start - the first bytes of the file, up to {@link PROBE_BYTES}
 * @throws {@link UnreadableFilmError} when it is unknown or not one that is opened
 */
export function findFilmContainer(start: Buffer): InputFormat {
  const text = start.toString("latin1", 0, 1000);
  if (text.startsWith("#EXTM3U"))
    throw new UnreadableFilmError("is a list of other files or addresses (m3u)");
  if (/<(?:!doctype\s+html|html|head|body)[\s>]/i.test(text))
    throw new UnreadableFilmError("is an HTML page, not a video");
  if (STILL_BRAND.test(text)) throw stillPicture();
  const format = InputFormat.probe(start);
  if (!format) throw new UnreadableFilmError("is no video that is known");
  const name = containerName(format);
  if (FILM_CONTAINERS.has(name) && (format.flags & AVFMT_NOFILE) === 0) {
    // One JPEG picture is a stream of JPEG pictures to FFmpeg.
    if (name === "mjpeg" && start.subarray(0, 3).equals(JPEG) && start.lastIndexOf(JPEG) === 0)
      throw stillPicture();
    return format;
  }
  if (STILL.test(name)) throw stillPicture();
  throw new UnreadableFilmError(refusal(format));
}

function stillPicture(): UnreadableFilmError {
  return new UnreadableFilmError("is a still picture", 'Give it as a background of type "image".');
}

function refusal(format: InputFormat): string {
  const name = containerName(format);
  const said = containerRefusal(format);
  if (said?.startsWith("is a list")) return `is a list of other files or addresses (${name})`;
  return said === null ? `holds no pictures (${name})` : `is of a kind that is not read (${name})`;
}
