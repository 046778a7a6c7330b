import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../shared/errors.js";
import type { Video } from "../video/index.js";
import { createLocalDiskStorage } from "./local-disk.js";

const storage = createLocalDiskStorage();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A "video" of a few bytes: storage never looks inside. */
async function aVideo(path = join(directory, "made.mp4")): Promise<Video> {
  await writeFile(path, "new");
  return {
    path,
    fileName: "made.mp4",
    contentType: "video/mp4",
    sizeBytes: 3,
    width: 2,
    height: 2,
    frameCount: 1,
    duration: 0.04,
  };
}

describe("createLocalDiskStorage", () => {
  it("moves the file and tells its address", async () => {
    const target = join(directory, "with space.mp4");
    const { file, url } = await storage.store(await aVideo(), target);
    expect(file).toMatchObject({ path: target, fileName: "with space.mp4", sizeBytes: 3 });
    expect(fileURLToPath(url)).toBe(target);
    expect(await readdir(directory)).toEqual(["with space.mp4"]);
  });

  it("replaces an older file in one step", async () => {
    const target = join(directory, "out.mp4");
    await writeFile(target, "older");
    await storage.prepare(target);
    expect(await readFile(target, "utf8")).toBe("older");
    await storage.store(await aVideo(), target);
    expect(await readFile(target, "utf8")).toBe("new");
  });

  it("refuses a directory that does not exist, is a file, or a target that is a directory, naming it", async () => {
    await writeFile(join(directory, "file"), "");
    await mkdir(join(directory, "folder"));
    for (const target of ["missing/out.mp4", "file/out.mp4", "folder"]) {
      const error = await storage.prepare(join(directory, target)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).code).toBe("invalid_output_path");
      expect((error as InputError).message).toContain(directory);
    }
  });

  it.skipIf(process.getuid?.() === 0)("refuses a directory that cannot be written to", async () => {
    await chmod(directory, 0o500);
    await expect(storage.prepare(join(directory, "out.mp4"))).rejects.toThrow("cannot be written to");
    await chmod(directory, 0o700);
  });

  it("reports a target that vanished meanwhile, and keeps the made file", async () => {
    const video = await aVideo();
    await expect(storage.store(video, join(directory, "gone", "out.mp4"))).rejects.toBeInstanceOf(InputError);
    expect(await readFile(video.path, "utf8")).toBe("new");
  });

  it("moves a file to another disk, leaving neither a part nor the source", async (context) => {
    // Shared memory is a disk of its own on Linux; elsewhere there is nothing to test with.
    const other = await mkdtemp("/dev/shm/parlante-test-").catch(() => null);
    if (other === null || (await stat(other)).dev === (await stat(directory)).dev) {
      if (other) await rm(other, { recursive: true });
      return context.skip();
    }
    try {
      const target = join(other, "out.mp4");
      await writeFile(target, "older");
      await storage.store(await aVideo(), target);
      expect(await readFile(target, "utf8")).toBe("new");
      expect(await readdir(other)).toEqual(["out.mp4"]);
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await rm(other, { recursive: true });
    }
  });
});
