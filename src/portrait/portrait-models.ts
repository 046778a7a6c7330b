import { EngineError, ParlanteError } from "../shared/errors.js";
import { type CanonicalFace, decodeCanonicalFace } from "./canonical-face.js";
import { FaceDetector } from "./face-detector.js";
import { FaceMesh } from "./face-mesh.js";
import { PACKAGED_FILES, readPackagedFile, readPackedFile } from "./model-files.js";
import { PersonSegmenter } from "./person-segmenter.js";
import { Interpreter } from "./tflite/interpreter.js";
import { createWasmTensorKernels } from "./tflite/wasm-tensor-kernels.js";

/** The networks that look at portraits, ready to run. */
export type PortraitModels = {
  readonly detector: FaceDetector;
  readonly mesh: FaceMesh;
  readonly segmenter: PersonSegmenter;
  readonly face: CanonicalFace;
};

/** Weights and activations of the three networks, with room to spare. */
const TENSOR_BYTES = 96 * 2 ** 20;

let loaded: Promise<PortraitModels> | null = null;

/**
 * Loads and checks the models once per process. A failed load is tried again by the next call.
 *
 * @throws EngineError when a model file is missing, unreadable or altered.
 */
export function loadPortraitModels(): Promise<PortraitModels> {
  loaded ??= load().catch((error: unknown) => {
    loaded = null;
    if (error instanceof ParlanteError) throw error;
    throw new EngineError(
      "internal_server_error",
      "A model file cannot be used. Run npm ci.",
      { cause: error },
      false,
    );
  });
  return loaded;
}

async function load(): Promise<PortraitModels> {
  const [kernels, detector, assets, index, selfie] = await Promise.all([
    createWasmTensorKernels(TENSOR_BYTES),
    readPackagedFile(PACKAGED_FILES.fullRangeDetector),
    readPackagedFile(PACKAGED_FILES.faceMeshAssets),
    readPackagedFile(PACKAGED_FILES.faceMeshIndex),
    readPackagedFile(PACKAGED_FILES.selfie),
  ]);
  const face = decodeCanonicalFace(
    readPackedFile(assets, index, "geometry_pipeline_metadata_landmarks.binarypb"),
  );
  const mesh = readPackedFile(assets, index, "face_landmark_with_attention.tflite");
  return {
    detector: new FaceDetector(new Interpreter(detector, kernels)),
    mesh: new FaceMesh(new Interpreter(mesh, kernels), face),
    segmenter: new PersonSegmenter(new Interpreter(selfie, kernels)),
    face,
  };
}
