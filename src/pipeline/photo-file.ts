import { readFile, writeFile } from "node:fs/promises";
import type { Photo } from "../assets/index.js";

/** A photo whose pixels lie in a file, so that a large one is neither kept nor copied through messages. */
export type PhotoFile = Omit<Photo, "rgb" | "alpha"> & {
  /** Colours as in {@link Photo}, followed by the coverage where there is one. */
  readonly path: string;
  readonly colorBytes: number;
};

/** Writes the pixels of a photo to a file of their own; an existing one is replaced. */
export async function writePhoto(path: string, photo: Photo): Promise<PhotoFile> {
  const { rgb, alpha, ...facts } = photo;
  await writeFile(path, alpha === null ? rgb : Buffer.concat([rgb, alpha]));
  return { ...facts, path, colorBytes: rgb.length };
}

/** The photo of a file made by {@link writePhoto}. */
export async function readPhoto(file: PhotoFile): Promise<Photo> {
  const { path, colorBytes, ...facts } = file;
  const bytes = await readFile(path);
  const alpha = bytes.length > colorBytes ? bytes.subarray(colorBytes) : null;
  return { ...facts, rgb: bytes.subarray(0, colorBytes), alpha };
}
