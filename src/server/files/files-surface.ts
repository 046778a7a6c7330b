import { Hono } from "hono";
import type { FileLibrary } from "../../files/index.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { createDownloadRoutes } from "./download-routes.js";
import { createUploadRoutes } from "./upload-routes.js";

/** v3.fal.media: bytes of files in and out. */
export function createFilesSurface(library: FileLibrary): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.route("/", createUploadRoutes(library));
  app.route("/", createDownloadRoutes(library));
  return app;
}
