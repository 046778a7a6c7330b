import type { Photo } from "../assets/index.js";
import { type AnalysePortraitOptions, analysePortrait, RIG_VERSION } from "./analyse-portrait.js";
import type { Rig } from "./rig.js";

/** Keeps rigs, so that a known photo need not be analysed again. */
export interface RigCache {
  /** The rig of a photo file, or null when it is not kept, or was made by another version. Never throws. */
  load(photoSha256: string): Promise<Rig | null>;
  /** Keeps a rig. Failing to is no error: the next request analyses again. */
  store(rig: Rig): Promise<void>;
}

/**
 * {@link analysePortrait}, unless the cache knows the photo. Warnings are part of the rig, so they come back too.
 *
 * @throws as {@link analysePortrait}
 */
export async function analyseWithCache(
  photo: Photo,
  cache: RigCache,
  options: AnalysePortraitOptions = {},
): Promise<Rig> {
  const known = await cache.load(photo.sha256);
  if (known !== null && fits(known, photo)) {
    options.onProgress?.(1);
    return known;
  }
  const rig = await analysePortrait(photo, options);
  await cache.store(rig);
  return rig;
}

function fits(rig: Rig, photo: Photo): boolean {
  const isSameSize = rig.width === photo.width && rig.height === photo.height;
  return rig.version === RIG_VERSION && rig.photoSha256 === photo.sha256 && isSameSize;
}
