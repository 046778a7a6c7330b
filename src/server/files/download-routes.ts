import type { Readable } from "node:stream";
import { type Context, Hono } from "hono";
import type { FetchableFile, FileLibrary } from "../../files/index.js";
import { AccessError, NotFoundError } from "../../shared/errors.js";
import type { RequestContext, SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { type RangeDecision, readByteRange } from "./byte-range.js";
import { fileEtag, fileHeaders } from "./file-headers.js";

/** Where files are fetched: `GET` and `HEAD /files/b/<8 hex>/<file id>_<file name>`. */
export function createDownloadRoutes(library: FileLibrary): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.get("/files/b/:shard{[0-9a-f]{8}}/:name", async (context) => {
    const id = /^([A-Za-z0-9_-]{21})(?:_|$)/.exec(context.req.param("name"))?.[1];
    if (id === undefined) throw new NotFoundError("File not found");
    const file = await library.fetchFile(id, {
      expires: context.req.query("expires") ?? null,
      signature: context.req.query("signature") ?? null,
      identify: () => identify(context),
    });
    return answer(context, file);
  });
  return app;
}

/** The key that comes with a request; null without one, or with one that is none. */
async function identify(context: Context<SurfaceEnvironment>): Promise<string | null> {
  if (context.req.header("authorization") === undefined) return null;
  const { request } = context.var;
  return (await keyWith(request, "files")) ?? (await keyWith(request, "run"));
}

async function keyWith(request: RequestContext, scope: "files" | "run"): Promise<string | null> {
  try {
    return (await request.authenticate(scope)).keyId;
  } catch (error) {
    if (error instanceof AccessError) return null;
    throw error;
  }
}

async function answer(context: Context<SurfaceEnvironment>, file: FetchableFile): Promise<Response> {
  const { req } = context;
  const headers = fileHeaders(file, Date.now());
  if (isUnchanged(req.header("if-none-match"), req.header("if-modified-since"), file))
    return new Response(null, { status: 304, headers });
  const range = isRangeWanted(req.header("if-range"), file)
    ? readByteRange(req.header("range"), file.sizeBytes)
    : ({ kind: "all" } as const);
  if (range.kind === "unsatisfiable")
    return new Response(null, {
      status: 416,
      headers: { ...headers, "cache-control": "no-store", "content-range": `bytes */${file.sizeBytes}` },
    });
  const [start, end] = range.kind === "part" ? [range.start, range.end] : [0, file.sizeBytes];
  return new Response(
    req.method === "HEAD" ? null : await readBody(file, range, context.var.request.signal),
    {
      status: range.kind === "part" ? 206 : 200,
      headers: {
        ...headers,
        "content-type": file.contentType,
        "content-length": String(end - start),
        ...(range.kind === "part" ? { "content-range": `bytes ${start}-${end - 1}/${file.sizeBytes}` } : {}),
      },
    },
  );
}

async function readBody(
  file: FetchableFile,
  range: RangeDecision,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const content = await file.open(range.kind === "part" ? range : undefined);
  // A caller that goes away before the first byte is asked for would leave the file open.
  const close = () => content.destroy();
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  content.once("close", () => signal.removeEventListener("abort", close));
  return asWebStream(content);
}

/** Piece by piece, as they are wanted. */
function asWebStream(content: Readable): ReadableStream<Uint8Array> {
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => void content.destroy(),
    },
    { highWaterMark: 0 },
  );
}

function isUnchanged(noneMatch: string | undefined, since: string | undefined, file: FetchableFile): boolean {
  if (noneMatch !== undefined)
    return noneMatch
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""))
      .some((tag) => tag === "*" || tag === fileEtag(file));
  const time = Date.parse(since ?? "");
  return !Number.isNaN(time) && Math.floor(file.createdAt.getTime() / 1000) * 1000 <= time;
}

/** With `If-Range`, a part is wanted only of the very same file. */
function isRangeWanted(ifRange: string | undefined, file: FetchableFile): boolean {
  if (ifRange === undefined) return true;
  return ifRange.trim() === fileEtag(file) || ifRange.trim() === file.createdAt.toUTCString();
}
