export { createFilesSurface } from "./files-surface.js";
export { createStorageRoutes } from "./storage-routes.js";
