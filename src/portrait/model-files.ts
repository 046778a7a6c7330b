import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { EngineError } from "../shared/errors.js";

/** A file inside one of the pinned packages, with the hash it must have. */
export type PackagedFile = { readonly specifier: string; readonly sha256: string };

/** The models, and the licence-bearing packages that carry them (all Apache-2.0). */
export const PACKAGED_FILES = {
  /** 192 x 192 detector for faces up to about five metres away. */
  fullRangeDetector: {
    specifier: "@mediapipe/face_detection/face_detection_full_range.tflite",
    sha256: "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
  },
  /** Several files in one: see {@link readPackedFile}. */
  faceMeshAssets: {
    specifier: "@mediapipe/face_mesh/face_mesh_solution_packed_assets.data",
    sha256: "dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99",
  },
  /** Script that lists the byte ranges of the packed files. */
  faceMeshIndex: {
    specifier: "@mediapipe/face_mesh/face_mesh_solution_packed_assets_loader.js",
    sha256: "95147c15fdf12ba8b9ffc3c3964dbdfa1ffa4251182749babca19e75962bf128",
  },
  /** 256 x 256 person segmentation. */
  selfie: {
    specifier: "@mediapipe/selfie_segmentation/selfie_segmentation.tflite",
    sha256: "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27",
  },
} as const satisfies Record<string, PackagedFile>;

const require = createRequire(import.meta.url);

/**
 * Reads a packaged file and checks its hash.
 *
 * @throws EngineError `internal_server_error` when it is missing, unreadable or altered, with the cure.
 */
export async function readPackagedFile(file: PackagedFile): Promise<Uint8Array> {
  const path = resolvePath(file);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EACCES" ? unreadable(file, path, error) : missing(file, error);
  });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== file.sha256) {
    throw new EngineError(
      "internal_server_error",
      `The model file ${file.specifier} is damaged or of another version. Run npm ci to install the pinned one.`,
      { context: { file: file.specifier, expected_sha256: file.sha256, actual_sha256: sha256 } },
      false,
    );
  }
  // Node reads small files into a shared pool; models are sliced and viewed, so they get memory of their own.
  return new Uint8Array(bytes);
}

function resolvePath(file: PackagedFile): string {
  try {
    return require.resolve(file.specifier);
  } catch (error) {
    throw missing(file, error);
  }
}

function missing(file: PackagedFile, cause: unknown): EngineError {
  return new EngineError(
    "internal_server_error",
    `The model file ${file.specifier} is not installed. Run npm ci.`,
    { context: { file: file.specifier }, cause },
    false,
  );
}

function unreadable(file: PackagedFile, path: string, cause: unknown): EngineError {
  return new EngineError(
    "internal_server_error",
    `The model file ${path} may not be read by this user. The package unpacks it for its owner only: run chmod -R a+rX on the node_modules/@mediapipe folder.`,
    { context: { file: file.specifier, path }, cause },
    false,
  );
}

/** One file out of the packed face mesh assets, by its base name. */
export function readPackedFile(assets: Uint8Array, index: Uint8Array, name: string): Uint8Array {
  const list = /loadPackage\((\{"files".*?\})\);/.exec(new TextDecoder().decode(index))?.[1];
  const { files } = JSON.parse(list ?? '{"files":[]}') as {
    files: { filename: string; start: number; end: number }[];
  };
  const entry = files.find(({ filename }) => filename.endsWith(`/${name}`));
  if (entry === undefined) {
    throw new EngineError("internal_server_error", `The face mesh package has no file ${name}.`, {}, false);
  }
  return assets.slice(entry.start, entry.end);
}
