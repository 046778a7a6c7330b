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
export {
  createJwksRoutes,
  createPlatformSurface,
  createTokenRoutes,
  type DeletedFile,
  type PlatformParts,
} from "./platform/index.js";
export type { PublicBase } from "./public-base.js";
export {
  type RequestContext,
  SURFACES,
  type Surface,
  type SurfaceApp,
  type SurfaceEnvironment,
} from "./surface.js";
