import { coverFrame, type Framing, type NewBackground } from "../frames/index.js";
import { openBackgroundFilm } from "../video/index.js";
import type { BackgroundJob } from "./media-messages.js";
import { readPhoto } from "./photo-file.js";

/** What stands behind the person, ready to be drawn, and the files that have to be closed afterwards. */
export type OpenedBackground = {
  /** Undefined when it is what the photo shows. */
  readonly background: NewBackground | undefined;
  close(): Promise<void>;
};

/**
 * Makes a background ready for frames of one size.
 *
 * @param options - `threads`: of the decoder of a film
 * @throws {@link AssetError} `unsupported_video_format` when a film cannot be decoded
 */
export async function openBackground(
  job: BackgroundJob | undefined,
  framing: Pick<Framing, "width" | "height">,
  options: { readonly frameRate: number; readonly threads: number },
): Promise<OpenedBackground> {
  const { width, height } = framing;
  const keeps = async (): Promise<void> => {};
  if (job?.type === "picture") {
    const rgb = await coverFrame(await readPhoto(job.photo), width, height);
    return { background: { type: "picture", rgb }, close: keeps };
  }
  if (job?.type === "film") {
    const film = await openBackgroundFilm(job, { width, height, ...options });
    return { background: { type: "film", film }, close: () => film.close() };
  }
  return { background: job, close: keeps };
}
