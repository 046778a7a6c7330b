import { gaussianSmooth } from "../../../src/performance/curve-shaping.js";
import { type Clip, distance, eyeOpenness, type PictureFacts, pointOf } from "../clip.js";
import { deltaE2000 } from "../colour.js";
import type { Metric } from "../metric.js";
import { mean, median, quantile } from "../signal.js";

/** Frames with open eyes and little turn of the head, in which the upper face should look as in the photo. */
function calmFrames(clip: Clip): PictureFacts[] {
  const first = clip.pictures[0]!;
  const open = eyeOpenness(clip);
  const usual = quantile(open, 0.6);
  const calm = clip.pictures.filter((picture, f) => {
    const turn = Math.hypot(picture.yaw - first.yaw, picture.pitch - first.pitch, picture.roll - first.roll);
    return turn < 2 && open[f]! > 0.85 * usual;
  });
  return calm.length > 0 ? calm : [first];
}

/** C1. SSIM of the upper face with the first picture, rigidly aligned; median over calm frames. */
export const upperFace: Metric = {
  id: "C1",
  title: "upper face as in the photo",
  unit: "SSIM",
  limit: "at least .95",
  measure: (clip) => median(calmFrames(clip).map(({ upperSsim }) => upperSsim)),
  passes: (value) => value >= 0.95,
};

/** C1b. PSNR of the same. */
export const upperFacePsnr: Metric = {
  id: "C1b",
  title: "the same",
  unit: "dB",
  limit: "at least 32",
  measure: (clip) => median(calmFrames(clip).map(({ upperPsnr }) => Math.min(60, upperPsnr))),
  passes: (value) => value >= 32,
};

/**
 * C2. Laplacian energy of the face relative to the first picture, at half the video's resolution: there it is pores and lashes
 * and not the photo's own grain, which every encoder takes away (see C2g).
 */
export const sharpness: Metric = {
  id: "C2",
  title: "sharpness of the face",
  unit: "ratio",
  limit: "at least .90",
  measure: (clip) => mean(clip.pictures.map(({ halfDetail }) => halfDetail)) / clip.pictures[0]!.halfDetail,
  passes: (value) => value >= 0.9,
};

/** C2g. The same at full resolution: also the grain. */
export const grainKept: Metric = {
  id: "C2g",
  title: "sharpness with grain",
  unit: "ratio",
  limit: "none: it tells how much the encoder is given",
  measure: (clip) => mean(clip.pictures.map(({ faceDetail }) => faceDetail)) / clip.pictures[0]!.faceDetail,
  passes: () => null,
};

/** C2b. The same of the last ten seconds (or half) over the first. */
export const sharpnessKept: Metric = {
  id: "C2b",
  title: "sharpness, end over start",
  unit: "ratio",
  limit: "at least .97",
  measure: (clip) => {
    const count = Math.min(Math.floor(clip.pictures.length / 2), Math.round(10 * clip.rate));
    const detail = clip.pictures.map(({ halfDetail }) => halfDetail);
    return mean(detail.slice(-count)) / mean(detail.slice(0, count));
  },
  passes: (value) => value >= 0.97,
};

/** C3. Colour difference (CIEDE2000) of the cheeks between the first and the last tenth. */
export const colourDrift: Metric = {
  id: "C3",
  title: "colour drift",
  unit: "dE2000",
  limit: "at most 1",
  measure: (clip) => {
    const count = Math.max(1, Math.floor(clip.pictures.length / 10));
    const colour = (part: readonly PictureFacts[]): [number, number, number] => [
      mean(part.map(({ cheek }) => cheek[0])),
      mean(part.map(({ cheek }) => cheek[1])),
      mean(part.map(({ cheek }) => cheek[2])),
    ];
    return deltaE2000(colour(clip.pictures.slice(0, count)), colour(clip.pictures.slice(-count)));
  },
  passes: (value) => value <= 1,
};

/** Pairs of points that expression does not move apart: eye corners, bridge and base of the nose, temples. */
const RIGID = [
  [33, 263],
  [133, 362],
  [168, 4],
  [127, 356],
  [133, 168],
  [362, 168],
] as const;

/**
 * C4. Largest change of the 3-D distances of rigid points in calm frames, relative to the face's size; median over frames.
 * In three dimensions they do not change when the head turns.
 */
export const geometry: Metric = {
  id: "C4",
  title: "geometry of the face",
  unit: "%",
  limit: "within 2 %",
  measure: (clip) => {
    const first = clip.pictures[0]!;
    const shape = (picture: PictureFacts): number[] => {
      const { landmarks } = picture;
      const lengths = RIGID.map(([a, b]) =>
        Math.hypot(...[0, 1, 2].map((k) => landmarks[3 * a + k]! - landmarks[3 * b + k]!)),
      );
      const size = mean(lengths);
      return lengths.map((length) => length / size);
    };
    const own = shape(first);
    const changes = calmFrames(clip).map((picture) =>
      Math.max(...shape(picture).map((v, k) => Math.abs(v - own[k]!))),
    );
    return 100 * median(changes);
  },
  passes: (value) => value <= 2,
};

/** C5. Noise over time of places far from the person. */
export const stillBackground: Metric = {
  id: "C5",
  title: "still background",
  unit: "of 255",
  limit: "at most .6",
  measure: (clip) => clip.stillNoise,
  passes: (value) => value <= 0.6,
};

/**
 * C6. Jitter: root mean square of the nose bridge above 8 Hz, outer-eye-corner distances, what the static control shows taken
 * out in quadrature.
 */
export const jitter: Metric = {
  id: "C6",
  title: "jitter",
  unit: "% OCD",
  limit: "at most .15",
  measure: (clip) => {
    const own = shake(clip);
    const noise = clip.control === null ? 0 : shake(clip.control);
    return 100 * Math.sqrt(Math.max(0, own * own - noise * noise));
  },
  passes: (value) => value <= 0.15,
};

function shake(clip: Clip): number {
  const sigma = (Math.sqrt(2 * Math.LN2) / (2 * Math.PI * 8)) * clip.rate;
  const first = clip.pictures[0]!;
  const size = distance(pointOf(first, 33), pointOf(first, 263));
  const parts = (["x", "y"] as const).map((axis) => {
    const path = clip.pictures.map((picture) => pointOf(picture, 168)[axis] / size);
    const smooth = gaussianSmooth(path, sigma);
    return mean(path.map((value, f) => (value - smooth[f]!) ** 2));
  });
  return Math.sqrt(parts[0]! + parts[1]!);
}

/** C7. Length of the picture against that of the sound, frames. */
export const lengths: Metric = {
  id: "C7",
  title: "picture against sound",
  unit: "frames",
  limit: "at most 1",
  measure: (clip) => Math.abs(clip.pictures.length - clip.soundDuration * clip.rate),
  passes: (value) => value <= 1.01,
};
