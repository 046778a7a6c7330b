import type { Context } from "hono";
import type { FileLifecycle } from "../../files/index.js";
import { parseFileLifecycle } from "../fal/file-lifecycle-header.js";
import type { SurfaceEnvironment } from "../surface.js";

/** Both names mean the same here; the first is the one for files that are sent. */
const LIFECYCLE_HEADERS = ["X-Fal-Object-Lifecycle", "X-Fal-Object-Lifecycle-Preference"];

/** How long the file that is sent shall live, and for whom; null when the caller says nothing. */
export function readUploadLifecycle(context: Context<SurfaceEnvironment>): FileLifecycle | null {
  for (const name of LIFECYCLE_HEADERS) {
    const text = context.req.header(name);
    if (text !== undefined) return parseFileLifecycle(text, name);
  }
  return null;
}

/** The name in `X-Fal-File-Name`; clients send its UTF-8 bytes as they are. */
export function readFileName(context: Context<SurfaceEnvironment>): string {
  const raw = context.req.header("x-fal-file-name") ?? "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(raw, "latin1"));
  } catch {
    return raw;
  }
}
