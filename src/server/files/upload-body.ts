import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Context } from "hono";
import { BadRequestError } from "../../shared/errors.js";
import type { SurfaceEnvironment } from "../surface.js";

/** What is said about an upload is short, even with ten thousand parts. */
const MAX_JSON_BYTES = 2 * 1024 * 1024;

/** @throws {@link BadRequestError} 413 when already the announced length is beyond the limit */
export function checkAnnouncedLength(context: Context<SurfaceEnvironment>, maxBytes: number): void {
  const announced = Number(context.req.header("content-length") ?? 0);
  if (announced > maxBytes)
    throw new BadRequestError(
      `The file has ${announced} bytes; this server takes ${maxBytes}. Send a smaller one, or ask its operator to raise PARLANTE_MAX_UPLOAD_MB.`,
      { context: { max_size: maxBytes } },
      "file_too_large",
      413,
    );
}

/** The bytes of a file as they come in. */
export function openUploadBody(context: Context<SurfaceEnvironment>): Readable {
  const body = context.var.request.bodyStream();
  // The same streams; only the types of the web and of Node.js do not know of each other.
  return body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream<Uint8Array>);
}

/** The JSON object in the body of a request; an empty one without a body. */
export async function readUploadJson(
  context: Context<SurfaceEnvironment>,
): Promise<Readonly<Record<string, unknown>>> {
  const text = (await context.var.request.readBody(MAX_JSON_BYTES)).toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequestError("The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BadRequestError("The body must be a JSON object.");
  return value as Readonly<Record<string, unknown>>;
}
