import type { FetchableFile } from "../../files/index.js";

/** What browsers may show by themselves; everything else is offered for saving. SVG and HTML can run scripts. */
const SHOWN =
  /^(?:video|audio)\/[a-z0-9.+-]+$|^image\/(?:png|jpeg|webp|gif|avif|bmp|heic|heif|apng|tiff)$|^text\/vtt$/;
const YEAR_SECONDS = 31_536_000;
/** What only some may fetch is kept by the caller alone, and not for long. */
const PRIVATE_SECONDS = 300;

/** Of every answer about a file, whole, in part, or unchanged. */
export function fileHeaders(file: FetchableFile, now: number): Record<string, string> {
  const isShown = SHOWN.test(file.contentType);
  return {
    etag: fileEtag(file),
    "last-modified": file.createdAt.toUTCString(),
    "accept-ranges": "bytes",
    "cache-control": cacheControl(file, now),
    "content-disposition": contentDisposition(isShown ? "inline" : "attachment", file.fileName),
    "content-security-policy": isShown ? "sandbox" : "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    ...(file.isPublic ? {} : { vary: "authorization" }),
  };
}

/** A file never changes, so its id says which bytes these are. */
export function fileEtag(file: Pick<FetchableFile, "id">): string {
  return `"${file.id}"`;
}

function cacheControl({ isPublic, expiresAt }: FetchableFile, now: number): string {
  const left = expiresAt === null ? YEAR_SECONDS : Math.floor((expiresAt.getTime() - now) / 1000);
  const seconds = Math.max(0, Math.min(left, isPublic ? YEAR_SECONDS : PRIVATE_SECONDS));
  return `${isPublic ? "public" : "private"}, max-age=${seconds}${isPublic ? ", immutable" : ""}`;
}

/** RFC 6266: a plain name for old programs, the true one for all others. */
function contentDisposition(kind: "inline" | "attachment", name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"${plain === name ? "" : `; filename*=UTF-8''${whole}`}`;
}
