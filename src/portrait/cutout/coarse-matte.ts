import type { Photo } from "../../assets/index.js";
import { clamp, smoothstep } from "../../shared/numeric.js";
import { faceBox, readMask } from "../person-matte.js";
import type { PersonSegmenter } from "../person-segmenter.js";
import type { Region, RegionSampler } from "../region-sampler.js";

/** Sides of the closer looks, in heights of the face, and what they count beside the look at everything. */
const CLOSE_LOOKS = [
  { size: 3.4, weight: 1.5 },
  { size: 2.1, weight: 2 },
] as const;

type Look = { readonly region: Region; readonly masks: readonly Float32Array[]; readonly weight: number };

/**
 * Probability `[0, 1]` that a place shows a person, on a lattice of `width * height` stretched over the photo: the
 * mean of up to four looks, each also at its mirror image. Closer looks count more, less towards their borders.
 *
 * `pause` is awaited after every inference.
 */
export async function findPerson(
  photo: Photo,
  landmarks: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
  segmenter: PersonSegmenter,
  sampler: RegionSampler,
  pause: () => Promise<void>,
): Promise<Float32Array> {
  const looks: Look[] = [];
  for (const { region, weight } of lookRegions(photo, landmarks)) {
    const masks: Float32Array[] = [];
    for (const mirrored of [false, true]) {
      masks.push(segmenter.segment(sampler, region, mirrored));
      await pause();
    }
    looks.push({ region, masks, weight });
  }
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = ((y + 0.5) / height) * photo.height;
    for (let x = 0; x < width; x++)
      result[y * width + x] = joinLooks(looks, ((x + 0.5) / width) * photo.width, v);
  }
  return result;
}

/** Inferences of a usual photo, for the report of progress. */
export const USUAL_LOOKS = 2 * (1 + CLOSE_LOOKS.length);

/** Everything, and squares around the head that leave the photo no more than they must. */
function lookRegions(photo: Photo, landmarks: Float32Array): { region: Region; weight: number }[] {
  const { minX, maxX, minY, maxY } = faceBox(landmarks);
  const whole: Region = {
    centerX: photo.width / 2,
    centerY: photo.height / 2,
    size: Math.max(photo.width, photo.height),
    angle: 0,
  };
  const place = (center: number, length: number, size: number): number =>
    length <= size ? length / 2 : clamp(center, size / 2, length - size / 2);
  const result = [{ region: whole, weight: 1 }];
  const short = Math.min(photo.width, photo.height);
  if (short < 0.8 * whole.size) {
    // A long picture fills little of the look at everything.
    const centerX = place((minX + maxX) / 2, photo.width, short);
    const centerY = place((minY + maxY) / 2, photo.height, short);
    result.push({ region: { centerX, centerY, size: short, angle: 0 }, weight: 1.5 });
  }
  for (const look of CLOSE_LOOKS) {
    const size = Math.max(maxX - minX, maxY - minY) * look.size;
    // A closer look that shows nearly the same is not worth its time.
    if (size > 0.8 * result.at(-1)!.region.size) continue;
    const centerX = place((minX + maxX) / 2, photo.width, size);
    const centerY = place((minY + maxY) / 2, photo.height, size);
    result.push({ region: { centerX, centerY, size, angle: 0 }, weight: look.weight });
  }
  return result;
}

function joinLooks(looks: readonly Look[], u: number, v: number): number {
  let sum = 0;
  let total = 0;
  looks.forEach(({ region, masks, weight }, i) => {
    const x = (u - region.centerX) / region.size + 0.5;
    const y = (v - region.centerY) / region.size + 0.5;
    if (x <= 0 || y <= 0 || x >= 1 || y >= 1) return;
    const w = i === 0 ? weight : weight * smoothstep(0.02, 0.2, Math.min(x, y, 1 - x, 1 - y));
    if (w === 0) return;
    for (const mask of masks) sum += w * readMask(mask, x, y);
    total += w * masks.length;
  });
  return total === 0 ? 0 : sum / total;
}
