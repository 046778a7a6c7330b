import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineError } from "../shared/errors.js";
import { PACKAGED_FILES, readPackagedFile, readPackedFile } from "./model-files.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-models-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function errorOf(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
}

describe("readPackagedFile", () => {
  it("reads every pinned file", async () => {
    for (const file of Object.values(PACKAGED_FILES))
      expect((await readPackagedFile(file)).length).toBeGreaterThan(1000);
  });

  it("refuses a file whose hash is another, and says how to cure it", async () => {
    const specifier = join(directory, "altered.tflite");
    await writeFile(specifier, "not the model");
    const error = await errorOf(readPackagedFile({ specifier, sha256: PACKAGED_FILES.selfie.sha256 }));
    expect(error.message).toContain("npm ci");
    expect(error.retryable).toBe(false);
    expect(error.details.context?.expected_sha256).toBe(PACKAGED_FILES.selfie.sha256);
  });

  it("says that a file is missing", async () => {
    const error = await errorOf(
      readPackagedFile({ specifier: "@mediapipe/face_mesh/none.tflite", sha256: "" }),
    );
    expect(error.message).toContain("not installed");
  });

  it.skipIf(process.getuid?.() === 0)("says that a file may not be read", async () => {
    const specifier = join(directory, "locked.tflite");
    await writeFile(specifier, "x");
    await chmod(specifier, 0);
    const error = await errorOf(readPackagedFile({ specifier, sha256: "" }));
    expect(error.message).toContain("chmod");
  });
});

describe("readPackedFile", () => {
  it("finds a file by name and refuses an unknown one", async () => {
    const assets = await readPackagedFile(PACKAGED_FILES.faceMeshAssets);
    const index = await readPackagedFile(PACKAGED_FILES.faceMeshIndex);
    expect(readPackedFile(assets, index, "face_landmark_with_attention.tflite").length).toBe(2_495_952);
    expect(() => readPackedFile(assets, index, "other.tflite")).toThrow(EngineError);
    expect(() => readPackedFile(assets, new Uint8Array(0), "face_landmark.tflite")).toThrow(EngineError);
  });
});
