import { shardOf } from "./file-id.js";

const FILE_PATH = /^(?:.*\/)?files\/[a-z0-9]+\/[0-9a-f]{8}\/([A-Za-z0-9_-]{21})(?:_[^/]*)?$/;
const FILE_MARK = /^parlante-(file|input):([A-Za-z0-9_-]{21})$/;

/** Where a file is fetched, below the address of the server: `/files/b/<8 hex>/<id>_<name>`. */
export function filePath(id: string, fileName: string): string {
  return `/files/b/${shardOf(id)}/${id}_${fileName.replaceAll(/[^A-Za-z0-9._-]+/g, "_")}`;
}

/** The id in the URL of a file that may be ours, under whatever host; null for every other text. */
export function readFileUrl(text: string): { readonly id: string; readonly query: URLSearchParams } | null {
  if (text.length > 4096 || !/^\s*https?:/i.test(text)) return null;
  try {
    const url = new URL(text.trim());
    const id = FILE_PATH.exec(url.pathname)?.[1];
    return id === undefined ? null : { id, query: url.searchParams };
  } catch {
    return null;
  }
}

/** What stands for a file in stored JSON: finished videos (`file`) and long inputs (`input`). */
export function fileMark(kind: "file" | "input", id: string): string {
  return `parlante-${kind}:${id}`;
}

/** The id in a {@link fileMark}; null for every other text. */
export function readFileMark(kind: "file" | "input", text: string): string | null {
  const [, found, id] = FILE_MARK.exec(text) ?? [];
  return found === kind ? id! : null;
}
