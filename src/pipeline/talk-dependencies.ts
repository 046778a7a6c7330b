import type { Asset, AssetFile, Photo, PhotoPurpose } from "../assets/index.js";
import type { planFraming } from "../frames/index.js";
import type { Performance } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { TalkingStyle } from "../request/index.js";
import type { Speech } from "../speech/index.js";
import type { Storage } from "../storage/index.js";
import type { MediaProcess } from "./media-process.js";

/** How a file is fetched that a request names. */
type LoadOptions = {
  allowLocalPaths: boolean;
  /** What stands in the request → path of a copy that is here already. */
  localCopies: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  field: readonly (string | number)[];
};

/** Everything that a talk is made with. `app.ts` joins the real ones. */
export type TalkDependencies = {
  loadAsset(source: string, options: LoadOptions): Promise<Asset>;
  /** Like `loadAsset`, for files that may be too large for memory: `path` is where one is written that has to be. */
  loadAssetFile(
    source: string,
    options: LoadOptions & { path: string; maxBytes: number; timeoutMs: number },
  ): Promise<AssetFile>;
  decodePhoto(
    asset: Asset,
    options: { field: readonly (string | number)[]; purpose?: PhotoPurpose; signal?: AbortSignal },
  ): Promise<Photo>;
  analysePortrait(
    photo: Photo,
    options: {
      signal?: AbortSignal;
      onProgress?: (fraction: number) => void;
      field: readonly (string | number)[];
    },
  ): Promise<Rig>;
  /** The photo with the person's own colours and fine coverage, for a new background or none. */
  cutOutPerson(
    photo: Photo,
    rig: Rig,
    options: { signal?: AbortSignal; onProgress?: (fraction: number) => void },
  ): Promise<Photo>;
  synthesizeSpeech(
    request: { prompt: string; voice: string | null; language: string | null },
    options: { signal?: AbortSignal; onProgress?: (share: number) => void },
  ): Promise<Speech>;
  /** Mono samples at 48 kHz to speech; `prompt` is what is said in the recording, where known. */
  speechFromRecording(
    recording: { samples: Float32Array; prompt: string | null; language: string | null },
    options: { signal?: AbortSignal },
  ): Promise<Speech>;
  /** Silence of the given number of seconds: the living portrait. */
  silentSpeech(seconds: number): Speech;
  perform(
    speech: Speech,
    options: { talkingStyle: TalkingStyle; expression: string | null; seed: number },
  ): Performance;
  planFraming: typeof planFraming;
  /**
   * Starts the process in which native media code lives. It gets ready while the portrait is analysed, and removes the
   * workspace when this program dies.
   */
  startMediaProcess(workspace: string): MediaProcess;
  readonly storage: Storage;
  /** Makes an empty directory of our own for what is made on the way, below `tempDir` where one is given. */
  createWorkspace(tempDir: string | undefined): Promise<string>;
  removeWorkspace(path: string): Promise<void>;
  /** Encoder threads. */
  readonly threads: number;
  /** Seconds on a clock that never jumps. */
  now(): number;
};
