import type { Photo } from "../../src/assets/index.js";
import { type FaceMesh, regionOfDetection, regionOfLandmarks } from "../../src/portrait/face-mesh.js";
import { chooseMainFace, findFaces } from "../../src/portrait/find-faces.js";
import { loadPortraitModels } from "../../src/portrait/portrait-models.js";
import { type Region, RegionSampler } from "../../src/portrait/region-sampler.js";
import { decodePictures } from "./read-video.js";

/** Lips as the face mesh finds them in each picture of a video, in eye-centre distances of the first picture. */
export type LipTrack = {
  /** Distance of the inner lips' edges in the middle of the mouth. */
  readonly gap: readonly number[];
  /** Mean distance over the eight pairs of inner lip points. */
  readonly meanGap: readonly number[];
  /** Distance of the outer mouth corners. */
  readonly width: readonly number[];
};

const UPPER = [191, 80, 81, 82, 13, 312, 311, 310];
const LOWER = [95, 88, 178, 87, 14, 317, 402, 318];
/** Around the mesh's own region: the answers are averaged, because each is a little off in its own way. */
const LOOKS = [
  { scale: 1, mirrored: false },
  { scale: 1, mirrored: true },
] as const;

/** Finds the lips again in every picture of an encoded video. The face is followed from picture to picture. */
export async function trackLips(path: string, width: number, height: number): Promise<LipTrack> {
  const { detector, mesh } = await loadPortraitModels();
  const pictures: Photo[] = [];
  await decodePictures(path, ({ planes, strides }) => {
    pictures.push(toPhoto(planes, strides, width, height));
  });
  const gap: number[] = [];
  const meanGap: number[] = [];
  const corners: number[] = [];
  let region: Region | null = null;
  let eyeDistance = 0;
  for (const picture of pictures) {
    const sampler = new RegionSampler(picture);
    if (region === null) {
      const { faces } = await findFaces(detector, sampler, picture, async () => {});
      const face = chooseMainFace(faces, picture);
      if (face === undefined) throw new Error(`no face in the first picture of ${path}`);
      region = regionOfLandmarks(mesh.run(sampler, regionOfDetection(face), false));
    }
    const points = lookAt(mesh, sampler, region);
    region = regionOfLandmarks(points);
    const axes = faceAxes(points);
    if (eyeDistance === 0) eyeDistance = axes.eyeDistance;
    const below = (upper: number, lower: number): number =>
      ((points[3 * lower]! - points[3 * upper]!) * axes.downX +
        (points[3 * lower + 1]! - points[3 * upper + 1]!) * axes.downY) /
      eyeDistance;
    gap.push(below(13, 14));
    meanGap.push(UPPER.reduce((sum, upper, i) => sum + below(upper, LOWER[i]!), 0) / UPPER.length);
    const dx = points[3 * 291]! - points[3 * 61]!;
    const dy = points[3 * 291 + 1]! - points[3 * 61 + 1]!;
    corners.push(Math.sqrt(dx * dx + dy * dy) / eyeDistance);
  }
  return { gap, meanGap, width: corners };
}

function lookAt(mesh: FaceMesh, sampler: RegionSampler, region: Region): Float64Array {
  const sum = new Float64Array(478 * 3);
  for (const { scale, mirrored } of LOOKS) {
    const points = mesh.run(sampler, { ...region, size: region.size * scale }, mirrored);
    for (let i = 0; i < sum.length; i++) sum[i]! += points[i]! / LOOKS.length;
  }
  return sum;
}

function faceAxes(points: Float64Array): { eyeDistance: number; downX: number; downY: number } {
  const mean = (a: number, b: number, axis: number): number =>
    (points[3 * a + axis]! + points[3 * b + axis]!) / 2;
  const dx = mean(362, 263, 0) - mean(33, 133, 0);
  const dy = mean(362, 263, 1) - mean(33, 133, 1);
  const eyeDistance = Math.sqrt(dx * dx + dy * dy);
  return { eyeDistance, downX: -dy / eyeDistance, downY: dx / eyeDistance };
}

/** BT.709 limited range to RGB. */
function toPhoto(
  planes: readonly Uint8Array[],
  strides: readonly number[],
  width: number,
  height: number,
): Photo {
  const rgb = new Uint8Array(width * height * 3);
  const [luma, chromaU, chromaV] = planes as [Uint8Array, Uint8Array, Uint8Array];
  const limited = (value: number): number => Math.min(Math.max(value + 0.5, 0), 255);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const l = 1.164384 * (luma[y * strides[0]! + x]! - 16);
      const half = (y >> 1) * strides[1]! + (x >> 1);
      const u = chromaU[half]! - 128;
      const v = chromaV[half]! - 128;
      rgb[to] = limited(l + 1.792741 * v);
      rgb[to + 1] = limited(l - 0.213249 * u - 0.532909 * v);
      rgb[to + 2] = limited(l + 2.112402 * u);
    }
  }
  return { width, height, rgb, alpha: null, sha256: "", mediaType: "video/mp4", warnings: [] };
}
