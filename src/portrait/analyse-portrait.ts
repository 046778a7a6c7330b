import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Photo } from "../assets/index.js";
import { throwIfCancelled } from "../shared/errors.js";
import { averageLandmarks, MESH_PASSES } from "./average-landmarks.js";
import { checkFace, type FieldPath, hasHumanProportions, noFaceError } from "./face-checks.js";
import { regionOfDetection } from "./face-mesh.js";
import { measureFace } from "./features/index.js";
import { chooseMainFace, findFaces } from "./find-faces.js";
import { fitHeadPose } from "./head-pose.js";
import { makeMatte } from "./person-matte.js";
import { loadPortraitModels } from "./portrait-models.js";
import { RegionSampler } from "./region-sampler.js";
import type { Rig } from "./rig.js";

/** Changes whenever the same photo would give another rig. */
export const RIG_VERSION = 3;

/** How to analyse a portrait. */
export type AnalysePortraitOptions = {
  readonly signal?: AbortSignal;
  /** Called with the share done, `[0, 1]`. */
  readonly onProgress?: (fraction: number) => void;
  /** The request field that the photo came from. */
  readonly field?: FieldPath;
};

/**
 * Turns a photo into a rig: finds the main face, its landmarks and pose, the matte of the person, and measures
 * mouth, eyes, colours and depth. Deterministic. The event loop runs between the inferences (about 50 to 100 ms
 * each).
 *
 * @throws InputError `face_detection_error` without a usable human face, `image_too_small` when it is tiny
 * @throws EngineError when a model file cannot be used
 * @throws CancelledError when the signal fires
 */
export async function analysePortrait(photo: Photo, options: AnalysePortraitOptions = {}): Promise<Rig> {
  const field = options.field ?? ["image_url"];
  const models = await loadPortraitModels();
  const pause = createPause(options);
  await pause();
  const sampler = new RegionSampler(photo);

  const { faces, certain } = await findFaces(models.detector, sampler, photo, pause);
  const main = chooseMainFace(faces, photo);
  if (main === undefined)
    throw noFaceError(
      field,
      "Animals, and drawings with features unlike a person's, cannot be animated. Use a picture that shows a person's face from the front.",
    );
  const points = await averageLandmarks(models.mesh, sampler, regionOfDetection(main), pause);
  const pose = fitHeadPose(points, models.face);
  const warnings = [...describeFaces(faces.length), ...checkFace(photo, pose, field)];
  const confident = certain && hasHumanProportions(pose);
  if (!confident) warnings.push("The face may not be a person's; its eyes do not blink.");
  const matte = await makeMatte(photo, pose.landmarks, models.segmenter, sampler, pause);
  const features = measureFace(photo, pose.landmarks, pose.head);
  options.onProgress?.(1);
  return {
    version: RIG_VERSION,
    photoSha256: photo.sha256,
    width: photo.width,
    height: photo.height,
    landmarks: pose.landmarks,
    head: pose.head,
    angles: pose.angles,
    detectionScore: main.score,
    confident,
    matte,
    ...features,
    warnings,
  };
}

/** Inferences of a usual portrait: one detection, the mesh passes, two segmentations. */
const USUAL_STEPS = 1 + MESH_PASSES + 2;

/** What happens after every inference: others get their turn, a cancelled request stops, progress is told. */
function createPause(options: AnalysePortraitOptions): () => Promise<void> {
  let steps = -1;
  return async () => {
    steps++;
    options.onProgress?.(Math.min(0.95, steps / (USUAL_STEPS + 1)));
    await yieldToEventLoop();
    throwIfCancelled(options.signal);
  };
}

function describeFaces(count: number): string[] {
  return count > 1 ? [`The picture shows ${count} faces; the main one speaks.`] : [];
}
