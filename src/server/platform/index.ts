export { createJwksRoutes } from "./jwks-routes.js";
export type { DeletedFile, PlatformParts } from "./platform-parts.js";
export { createPlatformSurface } from "./platform-surface.js";
export { createTokenRoutes } from "./token-routes.js";
