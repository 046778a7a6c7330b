import { type Context, Hono } from "hono";
import type { FileLibrary } from "../../files/index.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { readUploadJson } from "./upload-body.js";
import { readUploadLifecycle } from "./upload-headers.js";

/**
 * What rest.fal.ai offers for uploads: `POST /storage/upload/initiate` and `initiate-multipart` (JavaScript client, and
 * the second choice of the Python client), `POST /storage/auth/token` (first choice of the Python client).
 *
 * Whatever `storage_type` says, files go to this server.
 */
export function createStorageRoutes(library: FileLibrary): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.post("/storage/upload/initiate", (context) => initiate(context, library, false));
  app.post("/storage/upload/initiate-multipart", (context) => initiate(context, library, true));
  app.post("/storage/auth/token", async (context) => {
    const caller = await context.var.request.authenticate("files");
    const { token, expiresAt } = library.issueUploadToken(caller.keyId);
    return context.json({
      token,
      token_type: "Bearer",
      base_url: context.var.request.base.files,
      // Python compares it with a time that has an offset, and before 3.11 does not read "Z".
      expires_at: expiresAt.toISOString().replace(/\.\d+Z$/, "+00:00"),
    });
  });
  return app;
}

async function initiate(
  context: Context<SurfaceEnvironment>,
  library: FileLibrary,
  isMultipart: boolean,
): Promise<Response> {
  const { base, authenticate } = context.var.request;
  const caller = await authenticate("files");
  const lifecycle = readUploadLifecycle(context);
  const { file_name: fileName, content_type: contentType } = await readUploadJson(context);
  const begun = await library.beginUpload({
    keyId: caller.keyId,
    fileName: typeof fileName === "string" ? fileName : "",
    contentType: typeof contentType === "string" ? contentType : null,
    lifecycle,
    isMultipart,
  });
  return context.json({
    // Used without any header: the permission is part of it.
    upload_url: `${base.files}/files/upload/${begun.fileId}?token=${begun.permission}`,
    file_url: base.files + begun.path,
  });
}
