import { join } from "node:path";
import type { Asset } from "../assets/index.js";
import { FRAME_RATE, type Performance } from "../performance/index.js";
import type { Rig } from "../portrait/index.js";
import type { TalkRequest } from "../request/index.js";
import { InputError, throwIfCancelled } from "../shared/errors.js";
import { type SampleFile, writeSamples } from "../shared/sample-file.js";
import { LIVING_PORTRAIT_DURATION, SAMPLE_RATE, type Speech } from "../speech/index.js";
import { CleanupStack } from "./cleanup-stack.js";
import type { RenderJob, RenderReport, SceneJob } from "./media-messages.js";
import type { MediaProcess } from "./media-process.js";
import { type PhotoFile, writePhoto } from "./photo-file.js";
import { type PreparedBackground, prepareBackground, withSizeWarning } from "./prepare-background.js";
import { prepareCaptions } from "./prepare-captions.js";
import { ProgressReport } from "./progress-report.js";
import { decodeRecording } from "./recording-file.js";
import { prepareTargets, storeResults } from "./store-results.js";
import type { TalkDependencies } from "./talk-dependencies.js";
import { TalkNotes } from "./talk-notes.js";
import type { TalkOptions } from "./talk-options.js";
import type { SpeechTimeline, TalkResult } from "./talk-result.js";

/**
 * The whole journey from a request to a video.
 *
 * Speech is made while the portrait is analysed; frames are encoded while later ones are drawn. On failure and on
 * cancellation nothing is left: no file, no process.
 *
 * @throws {@link InputError} or {@link AssetError} when the request or its files cannot be used
 * @throws {@link EngineError} when a tool under us failed
 * @throws {@link CancelledError} when `options.signal` fires
 */
export async function talk(
  request: TalkRequest,
  dependencies: TalkDependencies,
  options: TalkOptions,
): Promise<TalkResult> {
  const cleanups = new CleanupStack();
  const progress = new ProgressReport(options.onProgress, dependencies.now);
  const notes = new TalkNotes(options.onNote);
  const start = dependencies.now();
  try {
    throwIfCancelled(options.signal);
    refuseUnplayable(request, options);
    await prepareTargets(dependencies.storage, options.outPath, request.extras.extraOutputs);

    // Whatever fails first ends the rest; the caller's signal ends everything.
    const failure = new AbortController();
    const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
    const workspace = await dependencies.createWorkspace(options.tempDir);
    cleanups.defer(() => dependencies.removeWorkspace(workspace));
    const media = dependencies.startMediaProcess(workspace);
    cleanups.defer(() => media.close());
    const journey: Journey = { request, dependencies, media, progress, notes, signal, options, workspace };

    const background = progress.stage("assets", () => prepareBackground(journey));
    const [{ scene, photo, scenery }, { speech, sound, performance }] = await allOrFirstFailure(failure, [
      prepareScene(journey, background),
      prepareSpeech(journey),
      background,
    ]);
    const { rig, framing } = scene;
    const { captions, painted, ...aboutCaptions } = prepareCaptions(request, speech);
    notes.warnings([performance, framing, scenery, aboutCaptions].flatMap(({ warnings }) => warnings));
    notes.video(framing, performance.frameCount);
    const renderStart = dependencies.now();
    const rendered = await render(journey, {
      ...{ ...scene, performance, captions, samples: sound },
      ...(painted === null ? {} : { paintedCaptions: painted }),
    });
    throwIfCancelled(options.signal);
    const { output, video, extras } = await progress.stage("storage", () =>
      storeResults(dependencies.storage, rendered, options.outPath),
    );
    return {
      output,
      video,
      extras,
      duration: video.duration,
      frameCount: video.frameCount,
      timings: {
        ...progress.seconds,
        total: dependencies.now() - start,
        firstFrame: renderStart - start + rendered.timings.firstFrame,
      },
      renderTimings: rendered.timings,
      warnings: unique(
        [photo, rig, speech, performance, framing, scenery, aboutCaptions].flatMap(
          ({ warnings }) => warnings,
        ),
      ),
      rig,
      speech,
      captions,
      performance,
      framing,
    };
  } catch (error) {
    // However a step says that it was stopped, the caller hears it in one way.
    throwIfCancelled(options.signal);
    throw error;
  } finally {
    await cleanups.run();
  }
}

/** What the steps of one talk share. */
type Journey = {
  readonly request: TalkRequest;
  readonly dependencies: TalkDependencies;
  readonly media: MediaProcess;
  readonly progress: ProgressReport;
  readonly notes: TalkNotes;
  readonly signal: AbortSignal;
  readonly options: TalkOptions;
  /** Directory of this talk. */
  readonly workspace: string;
};

/** Whether the person is taken out of the photo: for another background, or for none where the format can do without. */
function cutsOut({ background, extras }: TalkRequest): boolean {
  return background !== null || extras.outputFormat !== "mp4";
}

/** What the photo shows. Its pixels wait in a file until they are drawn. */
async function preparePortrait(journey: Journey): Promise<{ photo: PhotoFile; rig: Rig }> {
  const { request, dependencies, progress, notes, signal, workspace } = journey;
  const field = ["image_url"];
  const photo = await progress.stage("assets", async () => {
    const asset = await loadAsset(journey, request.image, field);
    return dependencies.decodePhoto(asset, { field, signal });
  });
  notes.photo(photo);
  const isCutOut = cutsOut(request);
  const { rig, shown } = await progress.stage("portrait", async () => {
    // Looking at the face and cutting out take about as long as each other.
    const share = isCutOut ? 0.5 : 1;
    const onProgress = (fraction: number): void => progress.report("portrait", fraction * share);
    const found = await dependencies.analysePortrait(photo, { field, signal, onProgress });
    if (!isCutOut) return { rig: found, shown: photo };
    const cut = await dependencies.cutOutPerson(photo, found, {
      signal,
      onProgress: (fraction) => progress.report("portrait", (1 + fraction) * share),
    });
    return { rig: found, shown: cut };
  });
  notes.warnings(rig.warnings);
  return { photo: await writePhoto(join(workspace, "photo.raw"), shown), rig };
}

/** All that the video shows, ready to be drawn: the renderer is made while the speech is still on its way. */
async function prepareScene(
  journey: Journey,
  background: Promise<PreparedBackground>,
): Promise<{ scene: SceneJob; photo: PhotoFile; scenery: PreparedBackground }> {
  const { request, dependencies, media, progress, signal } = journey;
  const { photo, rig } = await preparePortrait(journey);
  const framing = await progress.stage("framing", () =>
    dependencies.planFraming(rig, photo, {
      resolution: request.resolution,
      aspectRatio: request.aspectRatio,
      fit: request.extras.fit,
      replacesBackground: cutsOut(request),
    }),
  );
  const scenery = withSizeWarning(await background, framing);
  const scene: SceneJob = {
    ...{ rig, photo, framing, frameRate: FRAME_RATE, threads: dependencies.threads },
    hasCaptions: request.caption,
    ...(scenery.job === null ? {} : { background: scenery.job }),
  };
  await progress.ahead("render", () => media.prepareScene(scene, { signal }));
  return { scene, photo, scenery };
}

/** What is said and how the face moves to it. The samples wait in a file: in memory they would grow with the video. */
async function prepareSpeech(
  journey: Journey,
): Promise<{ speech: SpeechTimeline; sound: SampleFile; performance: Performance }> {
  const { request, dependencies, progress, workspace } = journey;
  const made = await makeSpeech(journey);
  journey.notes.speech(made);
  const { samples, ...speech } = made;
  const performance = await progress.stage("performance", () =>
    dependencies.perform(
      { samples, ...speech },
      {
        talkingStyle: request.talkingStyle,
        expression: request.expression,
        seed: request.extras.seed,
      },
    ),
  );
  return { speech, sound: await writeSamples(join(workspace, "sound.f32"), samples), performance };
}

function makeSpeech(journey: Journey): Promise<Speech> {
  const { request, dependencies, media, progress, signal, workspace } = journey;
  return progress.stage("speech", async () => {
    const { prompt, voice, audio } = request;
    const { language } = request.extras;
    if (audio !== null) {
      const field = ["audio_url"];
      const asset = await loadAsset(journey, audio, field);
      const path = join(workspace, "recording.f32");
      const { samples, warnings } = await decodeRecording(asset, media, { path, field, signal });
      const speech = await dependencies.speechFromRecording({ samples, prompt, language }, { signal });
      return { ...speech, warnings: [...warnings, ...speech.warnings] };
    }
    if (prompt !== null) {
      const onProgress = (share: number): void => progress.report("speech", share);
      return dependencies.synthesizeSpeech({ prompt, voice, language }, { signal, onProgress });
    }
    return dependencies.silentSpeech(LIVING_PORTRAIT_DURATION);
  });
}

/** Draws and encodes the video, and what is made beside it. */
function render(
  journey: Journey,
  scene: SceneJob & Pick<RenderJob, "performance" | "captions" | "samples" | "paintedCaptions">,
): Promise<RenderReport> {
  const { media, options, progress, signal } = journey;
  const { frameCount } = scene.performance;
  const job: RenderJob = {
    ...scene,
    ...whatToWrite(journey),
    sampleRate: SAMPLE_RATE,
    ...(options.preset === undefined ? {} : { preset: options.preset }),
  };
  const onFrame = (frame: number): void =>
    progress.report("render", frame / frameCount, { frame, frameCount });
  return progress.stage("render", () => media.render(job, { signal, onFrame }));
}

/** The files that are made while the video is drawn. */
function whatToWrite({
  request,
  options,
  workspace,
}: Journey): Pick<RenderJob, "path" | "partPath" | "format" | "extras" | "textTrack" | "livePath"> {
  const { outputFormat: format, captionTrack, extraOutputs, progressive } = request.extras;
  const path = join(workspace, `video.${format}`);
  return {
    ...{ path, partPath: `${path}.part`, format, extras: extraOutputs },
    ...(captionTrack ? { textTrack: { language: request.extras.language } } : {}),
    ...(progressive && options.livePath !== undefined ? { livePath: options.livePath } : {}),
  };
}

function loadAsset(journey: Journey, source: string, field: readonly string[]): Promise<Asset> {
  const { dependencies, signal, options } = journey;
  const { allowLocalPaths = false, localCopies = {} } = options;
  return dependencies.loadAsset(source, { allowLocalPaths, localCopies, signal, field });
}

/** Refuses to make a video that can be watched meanwhile where that cannot be. */
function refuseUnplayable({ extras }: TalkRequest, { livePath }: TalkOptions): void {
  if (!extras.progressive) return;
  const details = { field: ["progressive"], input: true };
  if (extras.outputFormat === "mov") {
    const message =
      "A MOV file cannot be played while it is made: its index comes last. Leave `progressive` out, or choose `mp4` or `webm` as `output_format`.";
    throw new InputError("value_error", message, details);
  }
  if (livePath !== undefined) return;
  const message =
    "`progressive` needs a place where the growing video is written. Give `livePath`, or leave it out.";
  throw new InputError("value_error", message, details);
}

/** Waits for all. When one fails, the others are told to stop and waited for, so that nothing works on unseen. */
async function allOrFirstFailure<A, B, C>(
  failure: AbortController,
  work: [Promise<A>, Promise<B>, Promise<C>],
): Promise<[A, B, C]> {
  try {
    return await Promise.all(work);
  } catch (error) {
    failure.abort();
    await Promise.allSettled(work);
    throw error;
  }
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
