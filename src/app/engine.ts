import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type DecodeHevc, decodePhoto, loadAsset, loadAssetFile } from "../assets/index.js";
import { planFraming } from "../frames/index.js";
import { perform } from "../performance/index.js";
import {
  startMediaProcess,
  type TalkDependencies,
  type TalkOptions,
  type TalkResult,
  talk,
} from "../pipeline/index.js";
import {
  analysePortrait,
  analyseWithCache,
  createDiskRigCache,
  cutOutPerson,
  loadPortraitModels,
} from "../portrait/index.js";
import type { TalkRequest } from "../request/index.js";
import { silentSpeech } from "../speech/index.js";
import { createLocalDiskStorage } from "../storage/index.js";
import { createMediaSupply, type MediaSupply } from "./media-supply.js";
import { createSpeechParts } from "./speech-parts.js";

/** Where the program may put things, and how much of the machine it may use. */
export type AppOptions = {
  /** Directory for what is made on the way; made when it does not exist. @defaultValue the system's temporary directory */
  readonly tempDir?: string;
  /** Encoder threads. @defaultValue the number of processors available to us */
  readonly threads?: number;
  /**
   * Directory in which the analyses of photos are kept, by the hash of the photo, so that a known face need not be
   * analysed again. What is kept describes a person's face. @defaultValue nothing is kept
   */
  readonly rigCacheDir?: string;
  /** Directory of the models that were pulled. @defaultValue none is used */
  readonly modelsDir?: string;
  /** Whether links may lead to private and loopback addresses. @defaultValue `false` */
  readonly allowPrivateHosts?: boolean;
  /** Keeps one media process started ahead, so that no talk waits for it. @defaultValue `false` */
  readonly keepsMediaReady?: boolean;
};

/** The whole program, joined and ready. */
export type App = {
  /**
   * Makes one talking video.
   *
   * @throws {@link ParlanteError} of the fitting class; `CancelledError` when `options.signal` fires
   */
  talk(request: TalkRequest, options: TalkOptions): Promise<TalkResult>;
  /** Loads what the first talk would wait for. Never throws: what is missing shows when it is needed. */
  warmUp(): Promise<void>;
  /** Cancels whatever still runs, and waits until its files and processes are gone. */
  close(): Promise<void>;
};

/**
 * Joins the parts of the program. Nothing is started or loaded before the first talk needs it.
 *
 * @example
 * const app = createApp();
 * const { video } = await app.talk(parseTalkRequest({ image_url: "me.png", prompt: "Hello!" }), {
 *   outPath: "hello.mp4",
 *   allowLocalPaths: true,
 * });
 */
export function createApp(options: AppOptions = {}): App {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  const media = createMediaSupply(options.keepsMediaReady ?? false);
  const dependencies = joinParts(options, media);
  return {
    talk(request, talkOptions) {
      // Loaded while the photo is fetched; a failure shows when the models are needed.
      loadPortraitModels().catch(() => {});
      const signals = [closing.signal, ...(talkOptions.signal ? [talkOptions.signal] : [])];
      const result = talk(request, dependencies, { ...talkOptions, signal: AbortSignal.any(signals) });
      const settled = result
        .catch(() => {})
        .finally(() => {
          running.delete(settled);
          if (!closing.signal.aborted) media.refill();
        });
      running.add(settled);
      return result;
    },
    async warmUp() {
      media.refill();
      await Promise.all([loadPortraitModels().catch(() => {}), media.ready()]);
    },
    async close() {
      closing.abort();
      await Promise.all(running);
      await media.close();
    },
  };
}

function joinParts(
  {
    tempDir = tmpdir(),
    threads = availableParallelism(),
    rigCacheDir,
    modelsDir,
    allowPrivateHosts = false,
  }: AppOptions,
  media: MediaSupply,
): TalkDependencies {
  const rigCache = rigCacheDir === undefined ? null : createDiskRigCache(rigCacheDir);
  return {
    loadAsset: (source, options) => loadAsset(source, { ...options, allowPrivateHosts }),
    loadAssetFile: (source, options) => loadAssetFile(source, { ...options, allowPrivateHosts }),
    decodePhoto: (asset, options) => decodePhoto(asset, { ...options, decodeHevc }),
    analysePortrait: (photo, options) =>
      rigCache ? analyseWithCache(photo, rigCache, options) : analysePortrait(photo, options),
    cutOutPerson,
    ...createSpeechParts(modelsDir),
    silentSpeech,
    perform,
    planFraming,
    startMediaProcess: (workspace) => media.take(workspace),
    storage: createLocalDiskStorage(),
    async createWorkspace(talkTempDir) {
      // A directory of one talk exists, or has been removed because nobody wants the talk any more.
      if (talkTempDir === undefined) await mkdir(tempDir, { recursive: true });
      return mkdtemp(join(talkTempDir ?? tempDir, "parlante-"));
    },
    removeWorkspace: (path) => rm(path, { recursive: true, force: true }),
    threads,
    now: () => performance.now() / 1000,
  };
}

/** In a process that is started for the rare HEIC photo only: the other one may be busy with a recording. */
const decodeHevc: DecodeHevc = async (job, options) => {
  const media = startMediaProcess();
  try {
    return await media.decodeHevc(job, options);
  } finally {
    await media.close();
  }
};
