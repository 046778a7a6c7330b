import type { Frame } from "node-av/lib";
import { FilmInput, type FilmPicture } from "./film-input.js";

/** No film shows more pictures in a second; one that says so is played more slowly, so that it cannot hold up a video. */
const MAX_FRAME_RATE = 240;
/** Longest time of one picture that is believed when the next one comes after it, seconds. */
const LONGEST_GAP = 10;
const USUAL_FRAME_RATE = 25;

type Shown = { readonly frame: Frame; readonly time: number };

/** A film on a clock of its own that starts at 0, over and over. */
export class FilmPlayer {
  #input: FilmInput | null;
  #current: Shown | null = null;
  #next: Shown | null = null;
  /** Of the pass that is being read: when it began, the time of its first picture in the file, the time there that it began
   * with (which moves where the file changes its clock), when its last picture ends. */
  #passStart = 0;
  #firstTime: number | null = null;
  #fileStart: number | null = null;
  #passEnd = 0;
  #lastTime = 0;
  #lastStep = 0;
  #pictures = 0;
  #isStill = false;
  #length: number | null = null;

  private constructor(
    private readonly path: string,
    private readonly threads: number,
    input: FilmInput,
  ) {
    this.#input = input;
  }

  /** @throws {@link UnreadableFilmError} when there is no film that can be decoded */
  static async open(path: string, threads: number): Promise<FilmPlayer> {
    return new FilmPlayer(path, threads, await FilmInput.open(path, threads));
  }

  /** How the film is opened at the moment. */
  get input(): FilmInput | null {
    return this.#input;
  }

  /** Seconds from the first picture to the end of the last one; null until the end has been reached once. */
  get length(): number | null {
    return this.#isStill ? Number.POSITIVE_INFINITY : this.#length;
  }

  /**
   * The picture that is seen at a time, null when the film has none. Times have to increase. The frame belongs to the
   * player and holds until the next call.
   */
  async at(time: number): Promise<Frame | null> {
    if (this.#current === null) {
      this.#current = this.#read();
      this.#next = this.#read();
    }
    for (;;) {
      while (this.#next !== null && this.#next.time <= time) {
        this.#current?.frame.free();
        this.#current = this.#next;
        this.#next = this.#read();
      }
      if (this.#next !== null || this.#isStill || time < this.#passEnd) break;
      await this.#begin();
    }
    return this.#current?.frame ?? null;
  }

  async close(): Promise<void> {
    this.#current?.frame.free();
    this.#next?.frame.free();
    this.#current = null;
    this.#next = null;
    await this.#input?.close();
    this.#input = null;
  }

  /** From the first picture again. What a film does not give again stays as it is. */
  async #begin(): Promise<void> {
    this.#isStill = this.#pictures < 2;
    if (this.#isStill) return;
    if (this.#firstTime === null || !this.#input?.rewind(this.#firstTime)) {
      await this.#input?.close();
      this.#input = null;
      this.#input = await FilmInput.open(this.path, this.threads).catch(() => null);
    }
    this.#passStart = this.#passEnd;
    this.#pictures = 0;
    this.#fileStart = null;
    this.#next = this.#read();
    if (this.#next === null) this.#isStill = true;
  }

  #read(): Shown | null {
    const picture = this.#input?.read() ?? null;
    if (picture !== null) return { frame: picture.frame, time: this.#place(picture) };
    this.#length ??= this.#passEnd - this.#passStart;
    if (this.#pictures < 2) this.#isStill = true;
    return null;
  }

  /** Where on our clock a picture lies. Times that cannot be are replaced by what the frame rate says. */
  #place({ time, duration }: FilmPicture): number {
    const rate = this.#input!.frameRate;
    const usual = 1 / Math.min(MAX_FRAME_RATE, Math.max(1, rate || USUAL_FRAME_RATE));
    if (this.#pictures === 0) {
      this.#fileStart = time;
      this.#firstTime = time;
      this.#lastTime = this.#passStart;
    } else {
      const told =
        time === null || this.#fileStart === null ? null : this.#passStart + time - this.#fileStart;
      let step = told === null ? usual : told - this.#lastTime;
      if (!(step > 0 && step <= LONGEST_GAP)) {
        step = this.#lastStep || usual;
        // What follows is on another clock.
        if (time !== null) this.#fileStart = time - (this.#lastTime + step - this.#passStart);
      }
      this.#lastStep = Math.max(step, 1 / MAX_FRAME_RATE);
      this.#lastTime += this.#lastStep;
    }
    this.#pictures++;
    const shown = duration > 0 && duration <= LONGEST_GAP ? duration : this.#lastStep || usual;
    this.#passEnd = this.#lastTime + Math.max(shown, 1 / MAX_FRAME_RATE);
    return this.#lastTime;
  }
}
