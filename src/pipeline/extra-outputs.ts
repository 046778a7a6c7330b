import { rename, rm, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Captions, toSrt, toVtt } from "../captions/index.js";
import type { FrameRenderer } from "../frames/index.js";
import type { ExtraOutput } from "../request/index.js";
import { type ExtraFile, PreviewMaker, type StillFile, takeStill, watchFrames } from "../video/index.js";
import type { RenderJob } from "./media-messages.js";

/** What is made beside a video, while it is drawn. */
export class ExtraOutputs {
  readonly #outputs: readonly ExtraOutput[];
  /** Path of the video without its ending. */
  readonly #stem: string;
  readonly #captions: Pick<Captions, "cues">;
  readonly #previews: PreviewMaker | null;
  readonly #unfinished = new Set<string>();
  #still: Promise<StillFile> | null = null;

  constructor({ path, extras = [], captions, framing, performance, frameRate }: RenderJob) {
    this.#outputs = extras;
    this.#stem = path.replace(/\.[^./\\]*$/, "");
    this.#captions = captions ?? { cues: [] };
    const kinds = (["gif", "webp"] as const).filter((kind) => extras.includes(kind));
    const files = kinds.map((kind) => ({ kind, path: this.#part(this.#path(`preview.${kind}`)) }));
    const { width, height } = framing;
    const { frameCount } = performance;
    this.#previews =
      files.length === 0 ? null : new PreviewMaker(files, { width, height, frameCount, frameRate });
  }

  /** Looks at the frames that nothing is written on, for the still. */
  watchScene(renderer: FrameRenderer): FrameRenderer {
    if (!this.#outputs.includes("poster")) return renderer;
    return watchFrames(renderer, (frame, index) => {
      // The first frame: the face is at rest there, and its eyes are open.
      if (index !== 0 || this.#still !== null) return;
      this.#still = takeStill(frame);
      this.#still.catch(() => {
        // Whoever waits for the file learns of it.
      });
    });
  }

  /** Looks at the frames of the video, for moving previews. */
  watchVideo(renderer: FrameRenderer): FrameRenderer {
    const previews = this.#previews;
    return previews === null ? renderer : watchFrames(renderer, (frame, index) => previews.add(frame, index));
  }

  /** Writes what is left to be written. Each file is whole when it has its name. */
  async finish(): Promise<ExtraFile[]> {
    await this.#previews?.finish();
    const files: ExtraFile[] = [];
    for (const output of this.#outputs) files.push(await this.#finish(output));
    return files;
  }

  /** Frees everything, and removes what is not finished. Never throws. */
  async close(): Promise<void> {
    this.#previews?.close();
    for (const path of this.#unfinished)
      await rm(path, { force: true }).catch(() => {
        // It goes with the directory.
      });
  }

  async #finish(output: ExtraOutput): Promise<ExtraFile> {
    if (output === "srt") return this.#write(output, "srt", "application/x-subrip", toSrt(this.#captions));
    if (output === "vtt") return this.#write(output, "vtt", "text/vtt", toVtt(this.#captions));
    if (output === "poster") {
      if (this.#still === null) throw new RangeError("no frame was drawn");
      const { bytes, contentType, extension } = await this.#still;
      return this.#write(output, `poster.${extension}`, contentType, bytes);
    }
    return this.#nameFile(output, this.#path(`preview.${output}`), `image/${output}`);
  }

  async #write(
    output: ExtraOutput,
    ending: string,
    contentType: string,
    data: string | Uint8Array,
  ): Promise<ExtraFile> {
    const path = this.#path(ending);
    await writeFile(this.#part(path), data);
    return this.#nameFile(output, path, contentType);
  }

  async #nameFile(output: ExtraOutput, path: string, contentType: string): Promise<ExtraFile> {
    const part = this.#part(path);
    await rename(part, path);
    this.#unfinished.delete(part);
    const { size } = await stat(path);
    return { output, path, fileName: basename(path), contentType, sizeBytes: size };
  }

  #path(ending: string): string {
    return `${this.#stem}.${ending}`;
  }

  /** Name of a file until it is finished. */
  #part(path: string): string {
    this.#unfinished.add(`${path}.part`);
    return `${path}.part`;
  }
}
