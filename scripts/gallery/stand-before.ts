import { decodePhoto, loadAsset, type Photo } from "../../src/assets/index.js";
import { readBackground } from "../../src/cli/request-flags.js";
import { coverFrame, type Framing, type NewBackground } from "../../src/frames/index.js";
import { FRAME_RATE } from "../../src/performance/index.js";
import { type Background, parseTalkRequest } from "../../src/request/index.js";
import { openBackgroundFilm } from "../../src/video/index.js";

const FIELD = ["background", "value"];

/** A background as the command line has it (`00FF00`, `image:FILE`, `video:FILE`), checked. */
export function parseBackground(text: string | undefined): Background | null {
  if (text === undefined) return null;
  return parseTalkRequest({ image_url: "-", background: readBackground(text) }).background;
}

/** Makes a background ready for one renderer. `close` ends what was opened. */
export async function openBackground(
  { type, value }: Background,
  { width, height }: Pick<Framing, "width" | "height">,
): Promise<{ readonly background: NewBackground; close(): Promise<void> }> {
  const nothing = async (): Promise<void> => {};
  if (type === "color") {
    const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(value.slice(at, at + 2), 16));
    return { background: { type: "color", rgb: [r!, g!, b!] }, close: nothing };
  }
  if (type === "image") {
    return {
      background: { type: "picture", rgb: await coverFrame(await read(value), width, height) },
      close: nothing,
    };
  }
  const source = { path: value, field: FIELD, input: value };
  const film = await openBackgroundFilm(source, { width, height, frameRate: FRAME_RATE });
  return { background: { type: "film", film }, close: () => film.close() };
}

async function read(path: string): Promise<Photo> {
  return decodePhoto(await loadAsset(path, { allowLocalPaths: true, field: FIELD }), { field: FIELD });
}
