export { createDocuments, type Documents, type DocumentsOptions } from "./documents/documents.js";
export { createSiteSurface } from "./documents/site-surface.js";
export { type BodySpace, createBodySpace } from "./fal/body-space.js";
export { MODEL_ID } from "./fal/model.js";
export { createFilesSurface, createStorageRoutes } from "./files/index.js";
export {
  type AnswerRecord,
  createFront,
  type Front,
  type FrontEnvironment,
  type FrontOptions,
  type FrontSettings,
  type Listener,
  type ListenLimits,
  type ListenOptions,
  listen,
} from "./front/index.js";
export { createOperations, type Operations, type OperationsOptions } from "./operations/operations.js";
export {
  createJwksRoutes,
  createPlatformSurface,
  createTokenRoutes,
  type DeletedFile,
  type PlatformParts,
} from "./platform/index.js";
export type { PublicBase } from "./public-base.js";
export { createQueueSurface, type QueueParts } from "./queue/queue-surface.js";
export type { RunParts } from "./run/run-parts.js";
export { createRunSurface } from "./run/run-surface.js";
export {
  type RequestContext,
  SURFACES,
  type Surface,
  type SurfaceApp,
  type SurfaceEnvironment,
} from "./surface.js";
