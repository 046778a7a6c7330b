import { type FileHandle, open } from "node:fs/promises";
import { livePathOf } from "./worker/attempt-workspace.js";

/** How often a growing file is looked at; one look serves all who follow it. */
const LOOK_MS = 20;
const PIECE_BYTES = 65_536;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Which attempt at which request a video is of. */
export type LivePlace = { readonly workerId: string; readonly requestId: string; readonly attempt: number };

/** A video that is being made, seen by one of those who follow it. */
export type LiveVideo = {
  /**
   * Bytes from `position` on, at most 64 kB.
   *
   * @returns none while there are no more: it has not begun, is out of reach, or all has been read
   */
  read(position: number): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** The videos that grow while workers of this machine, or of a shared disk, make them. */
export type LiveVideos = {
  /**
   * Follows a video, also one that has not begun. What has been made stays readable until the end, though its worker
   * removes the file.
   *
   * @param onGrowth - called when there is more to read
   */
  follow(place: LivePlace, onGrowth: () => void): LiveVideo;
};

/** @param workspaceDir - the directory in which workers have theirs */
export function createLiveVideos(workspaceDir: string): LiveVideos {
  const growing = new Map<string, GrowingFile>();
  return {
    follow(place, onGrowth) {
      const path = livePathOf(workspaceDir, place);
      const file = growing.get(path) ?? new GrowingFile(path);
      growing.set(path, file);
      const follower = () => onGrowth();
      file.followers.add(follower);
      return {
        read: (position) => file.read(position),
        async close() {
          if (!file.followers.delete(follower) || file.followers.size > 0) return;
          if (growing.get(path) === file) growing.delete(path);
          await file.close();
        },
      };
    },
  };
}

/** One file, opened once and looked at once for all. */
class GrowingFile {
  readonly followers = new Set<() => void>();
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #handle: FileHandle | null = null;
  #opening: Promise<void> | null = null;
  #isLooking = false;
  #isClosed = false;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  async read(position: number): Promise<Uint8Array> {
    await this.#open();
    if (this.#handle === null || this.#isClosed) return NOTHING;
    const { buffer, bytesRead } = await this.#handle.read(
      Buffer.allocUnsafe(PIECE_BYTES),
      0,
      PIECE_BYTES,
      position,
    );
    return buffer.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#opening;
    await this.#handle?.close();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#open();
      if (this.#handle === null || this.#isClosed) return;
      const { size } = await this.#handle.stat();
      if (size <= this.#size) return;
      this.#size = size;
      for (const follower of [...this.followers]) follower();
    } catch {
      // A disk that fails shows when it is read.
    } finally {
      this.#isLooking = false;
    }
  }

  async #open(): Promise<void> {
    if (this.#handle !== null || this.#isClosed) return;
    this.#opening ??= open(this.#path, "r")
      .then(
        (handle) => {
          this.#handle = handle;
        },
        // Not begun yet, or on another machine.
        () => {},
      )
      .finally(() => {
        this.#opening = null;
      });
    await this.#opening;
  }
}
