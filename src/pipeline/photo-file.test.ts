import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Photo } from "../assets/index.js";
import { readPhoto, writePhoto } from "./photo-file.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it.each([true, false])("a photo comes back as it was (transparent: %s)", async (isTransparent) => {
  const photo: Photo = {
    width: 5,
    height: 3,
    rgb: Uint8Array.from({ length: 45 }, (_, i) => 5 * i),
    alpha: isTransparent ? Uint8Array.from({ length: 15 }, (_, i) => 17 * i) : null,
    sha256: "ab",
    mediaType: "image/png",
    warnings: ["reduced"],
  };
  const file = await writePhoto(join(directory, "photo.raw"), photo);
  expect(JSON.stringify(file).length).toBeLessThan(300);
  const { rgb, alpha, ...facts } = await readPhoto(file);
  expect({ ...facts, rgb: new Uint8Array(rgb), alpha: alpha && new Uint8Array(alpha) }).toEqual(photo);
});
