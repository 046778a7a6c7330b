import type { Detection, FaceDetector } from "./face-detector.js";
import { regionOfDetection } from "./face-mesh.js";
import type { RegionSampler } from "./region-sampler.js";

/** From here on a detection is a human face (or a good picture of one): no animal and no object scored as much. */
export const HUMAN_SCORE = 0.6;
/** Between this and {@link HUMAN_SCORE} it may be a face, e.g. a stylised drawing. */
const DOUBTFUL_SCORE = 0.5;
/** The detector knows faces up to about half its input: close-ups are found when the photo is shown smaller. */
const SHRUNKEN = 1.5;
/** A second look shows the face this many times smaller than the square. */
const CLOSE_LOOKS = [3, 2] as const;

type Size = { readonly width: number; readonly height: number };

/** What a search for faces gave. */
export type FaceSearch = {
  /** Empty when there is no face. */
  readonly faces: readonly Detection[];
  /** False when even the best is only {@link DOUBTFUL_SCORE}. */
  readonly certain: boolean;
};

/**
 * Looks for faces in the whole photo, at any roll: at full size; then smaller; then with the photo turned. The
 * first look that finds a human face ends the search. What the plain look did not find must be found again in
 * a close, upright look, because small and turned views also make faces out of clutter.
 *
 * `pause` is awaited after every inference.
 */
export async function findFaces(
  detector: FaceDetector,
  sampler: RegionSampler,
  size: Size,
  pause: () => Promise<void>,
): Promise<FaceSearch> {
  const look = async (zoom: number, quarterTurns: number): Promise<Detection[]> => {
    const faces = detector.detect(sampler, {
      centerX: size.width / 2,
      centerY: size.height / 2,
      size: Math.max(size.width, size.height) * zoom,
      angle: (quarterTurns * Math.PI) / 2,
    });
    await pause();
    return faces;
  };
  const plain = await look(1, 0);
  const human = plain.filter(({ score }) => score >= HUMAN_SCORE);
  if (human.length > 0) return { faces: human, certain: true };

  const candidates = [...plain, ...(await look(SHRUNKEN, 0))];
  let confirmed = await confirmBest(candidates, detector, sampler, pause);
  for (const quarterTurns of [1, 3, 2]) {
    if (confirmed !== null) break;
    confirmed = await confirmBest(await look(1, quarterTurns), detector, sampler, pause);
  }
  if (confirmed === null) return { faces: [], certain: false };
  return { faces: [confirmed], certain: confirmed.score >= HUMAN_SCORE };
}

/** Looks closely at the best candidate; null when it is no face after all. */
async function confirmBest(
  candidates: readonly Detection[],
  detector: FaceDetector,
  sampler: RegionSampler,
  pause: () => Promise<void>,
): Promise<Detection | null> {
  const best = [...candidates].sort((a, b) => b.score - a.score)[0];
  if (best === undefined || best.score < DOUBTFUL_SCORE) return null;
  for (const closeness of CLOSE_LOOKS) {
    const upright = regionOfDetection(best);
    const side = Math.max(best.width, best.height);
    const found = detector.detect(sampler, { ...upright, size: side * closeness });
    await pause();
    const same = found.find((face) => face.score >= DOUBTFUL_SCORE && isSameFace(face, best));
    if (same !== undefined) return same;
  }
  return null;
}

/** Whether two detections mean the same face: near each other and of similar size. */
function isSameFace(a: Detection, b: Detection): boolean {
  const dx = a.centerX - b.centerX;
  const dy = a.centerY - b.centerY;
  const ratio = a.width / b.width;
  return Math.sqrt(dx * dx + dy * dy) < 0.5 * b.width && ratio > 0.5 && ratio < 2;
}

/** The face that the picture is about: large, and near the middle. */
export function chooseMainFace(faces: readonly Detection[], size: Size): Detection | undefined {
  const weight = (face: Detection): number => {
    const dx = (face.centerX - size.width / 2) / size.width;
    const dy = (face.centerY - size.height / 2) / size.height;
    const offset = Math.min(1, Math.sqrt(dx * dx + dy * dy));
    return face.score * Math.sqrt(face.width * face.height) * (1 - 0.5 * offset);
  };
  return [...faces].sort((a, b) => weight(b) - weight(a))[0];
}
