import { type Context, Hono } from "hono";
import type { FileLibrary } from "../../files/index.js";
import { AccessError, BadRequestError, NotFoundError } from "../../shared/errors.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { readListedParts } from "./listed-parts.js";
import { checkAnnouncedLength, openUploadBody, readUploadJson } from "./upload-body.js";
import { readFileName, readUploadLifecycle } from "./upload-headers.js";

type SurfaceContext = Context<SurfaceEnvironment>;

const ID = "[A-Za-z0-9_-]{21}";
const MULTIPART = `/files/b/:shard/:name/multipart/:uploadId{${ID}}`;

/** Where the bytes of uploads arrive: at `upload_url` of both clients, and at v3.fal.media as the Python client does. */
export function createUploadRoutes(library: FileLibrary): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.put(`/files/upload/:id{${ID}}`, (context) => receiveWhole(context, library));
  app.put(`/files/upload/:id{${ID}}/:number{[0-9]+}`, (context) => {
    const id = permittedUpload(context, library);
    return receivePart(context, library, id);
  });
  app.post(`/files/upload/:id{${ID}}/complete`, async (context) => {
    const id = permittedUpload(context, library);
    await library.completeUpload(id, readListedParts(await readUploadJson(context)));
    return context.json({ success: true });
  });
  app.post("/files/upload", (context) => receiveNamed(context, library));
  app.post("/files/upload/multipart", async (context) => {
    const { path, uploadId } = await begin(context, library, true);
    return context.json({ access_url: context.var.request.base.files + path, uploadId });
  });
  app.put(`${MULTIPART}/:number{[0-9]+}`, async (context) => {
    const { id } = await ownUpload(context, library);
    return receivePart(context, library, id);
  });
  app.post(`${MULTIPART}/complete`, async (context) => {
    const { id, path } = await ownUpload(context, library);
    await library.completeUpload(id, readListedParts(await readUploadJson(context)));
    return context.json({ access_url: context.var.request.base.files + path });
  });
  return app;
}

/** `PUT upload_url` with the whole file. */
async function receiveWhole(context: SurfaceContext, library: FileLibrary): Promise<Response> {
  const id = permittedUpload(context, library);
  checkAnnouncedLength(context, library.maxUploadBytes);
  await library.receiveUpload(id, openUploadBody(context), context.var.request.signal);
  return context.body(null, 200);
}

/** `POST /files/upload` with the whole file: begun and received at once. */
async function receiveNamed(context: SurfaceContext, library: FileLibrary): Promise<Response> {
  const { fileId, path } = await begin(context, library, false);
  await library.receiveUpload(fileId, openUploadBody(context), context.var.request.signal);
  return context.json({ access_url: context.var.request.base.files + path });
}

async function begin(context: SurfaceContext, library: FileLibrary, isMultipart: boolean) {
  const keyId = await uploader(context, library);
  checkAnnouncedLength(context, library.maxUploadBytes);
  return library.beginUpload({
    keyId,
    fileName: readFileName(context),
    contentType: context.req.header("content-type") ?? null,
    lifecycle: readUploadLifecycle(context),
    isMultipart,
  });
}

async function receivePart(context: SurfaceContext, library: FileLibrary, id: string): Promise<Response> {
  const number = Number(context.req.param("number"));
  checkAnnouncedLength(context, library.maxUploadBytes);
  const { etag } = await library.receivePart(id, number, openUploadBody(context), context.var.request.signal);
  return context.json({ partNumber: number, etag }, 200, { etag: `"${etag}"` });
}

/** The upload in the path, when the URL carries the permission for it. */
function permittedUpload(context: SurfaceContext, library: FileLibrary): string {
  const id = context.req.param("id") ?? "";
  const permission = context.req.query("token");
  if (permission === undefined)
    throw new AccessError(
      "This address needs the token of its upload_url. Use the URL as it was given.",
      403,
    );
  if (!library.mayUpload(id, permission))
    throw new AccessError("The token of this upload_url is wrong or too old. Begin a new upload.", 403);
  return id;
}

/** Whose files these become: of the key behind an upload token, or of the key itself. */
async function uploader(context: SurfaceContext, library: FileLibrary): Promise<string> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(context.req.header("authorization") ?? "") ?? [];
  const keyId = token === undefined ? null : library.readUploadToken(token);
  return keyId ?? (await context.var.request.authenticate("files")).keyId;
}

/** The upload in the path, when it is the caller's own. */
async function ownUpload(
  context: SurfaceContext,
  library: FileLibrary,
): Promise<{ readonly id: string; readonly path: string }> {
  const keyId = await uploader(context, library);
  const id = new RegExp(`^(${ID})(?:_|$)`).exec(context.req.param("name") ?? "")?.[1];
  const uploadId = context.req.param("uploadId");
  if (id === undefined || uploadId === undefined)
    throw new BadRequestError("This is no access_url of this server.");
  const upload = await library.findUpload(id);
  // Once completed, an upload has no parts any more; completing again is no error.
  const isSame = upload?.uploadId === uploadId || upload?.uploadId === null;
  if (upload?.keyId !== keyId || !isSame) throw new NotFoundError("There is no such upload.");
  return { id, path: context.req.path.replace(/\/multipart\/.*$/, "") };
}
