import type { Photo } from "../assets/index.js";
import type { Speech } from "../speech/index.js";

/** Something that is known before a talk is finished. */
export type TalkNote =
  /** Size of the photo, upright, in pixels. */
  | { readonly type: "photo"; readonly width: number; readonly height: number }
  /** Length of the speech in seconds, and where it comes from. */
  | { readonly type: "speech"; readonly duration: number; readonly source: Speech["source"] }
  /** Size of the video in pixels, and its number of frames. */
  | { readonly type: "video"; readonly width: number; readonly height: number; readonly frameCount: number }
  | { readonly type: "warning"; readonly message: string };

/** Tells what is found out on the way, each warning once. */
export class TalkNotes {
  readonly #told = new Set<string>();

  constructor(private readonly onNote: ((note: TalkNote) => void) | undefined) {}

  photo({ width, height, warnings }: Photo): void {
    this.onNote?.({ type: "photo", width, height });
    this.warnings(warnings);
  }

  speech({ duration, source, warnings }: Speech): void {
    this.onNote?.({ type: "speech", duration, source });
    this.warnings(warnings);
  }

  video({ width, height }: { width: number; height: number }, frameCount: number): void {
    this.onNote?.({ type: "video", width, height, frameCount });
  }

  warnings(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#told.has(message)) continue;
      this.#told.add(message);
      this.onNote?.({ type: "warning", message });
    }
  }
}
