import { LANDMARK_COUNT } from "./canonical-face.js";
import { type FaceMesh, regionOfLandmarks } from "./face-mesh.js";
import type { Region, RegionSampler } from "./region-sampler.js";

/** How one run differs from the plain one: shift and size in shares of the region, turn in radians, mirroring. */
type Jitter = {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly turn: number;
  readonly mirrored: boolean;
};

/**
 * The mesh answers a little differently for every crop. The mean over these crops, which are balanced around
 * the plain one, has less noise and no left-right bias.
 */
const JITTERS: readonly Jitter[] = [
  { x: 0, y: 0, scale: 1, turn: 0 },
  { x: 0.03, y: 0.012, scale: 1.04, turn: 0 },
  { x: -0.015, y: 0.03, scale: 0.95, turn: 0 },
  { x: -0.012, y: -0.04, scale: 1, turn: 0 },
  { x: 0.02, y: -0.02, scale: 1.02, turn: 0.05 },
  { x: -0.02, y: 0.02, scale: 0.98, turn: -0.05 },
].flatMap((jitter) => [
  { ...jitter, mirrored: false },
  { ...jitter, x: -jitter.x, turn: -jitter.turn, mirrored: true },
]);

/** Inferences that {@link averageLandmarks} makes. */
export const MESH_PASSES = 1 + JITTERS.length;

/**
 * Landmarks of the face in `region`: one pass finds the region again from its own points, then all jittered
 * and mirrored passes are averaged. `pause` is awaited between passes.
 *
 * @returns `(478, 3)` photo pixels
 */
export async function averageLandmarks(
  mesh: FaceMesh,
  sampler: RegionSampler,
  region: Region,
  pause: () => Promise<void>,
): Promise<Float64Array> {
  const centred = regionOfLandmarks(mesh.run(sampler, region, false));
  await pause();
  const sum = new Float64Array(LANDMARK_COUNT * 3);
  for (const jitter of JITTERS) {
    const points = mesh.run(sampler, jitterRegion(centred, jitter), jitter.mirrored);
    const depth = meanDepth(points);
    for (let i = 0; i < sum.length; i++) sum[i]! += points[i]! - (i % 3 === 2 ? depth : 0);
    await pause();
  }
  return sum.map((value) => value / JITTERS.length);
}

function jitterRegion(region: Region, jitter: Jitter): Region {
  return {
    ...region,
    centerX: region.centerX + jitter.x * region.size,
    centerY: region.centerY + jitter.y * region.size,
    size: region.size * jitter.scale,
    angle: region.angle + jitter.turn,
  };
}

/** The origin of z is arbitrary in every run. */
function meanDepth(points: Float64Array): number {
  let sum = 0;
  for (let i = 2; i < points.length; i += 3) sum += points[i]!;
  return sum / (points.length / 3);
}
