import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the server treats one file. */
export type ServedFile = {
  readonly bytes: Uint8Array;
  /** Whether parts can be asked for. (default: true) */
  readonly ranges?: boolean;
  /** (default: a strong one of the bytes; null sends none) */
  readonly etag?: string | null;
  /** Bytes after which the connections break, one per request; requests beyond the list get all. */
  readonly cuts?: readonly number[];
  /** Statuses of the first requests, before anything is served. */
  readonly failures?: readonly number[];
  /** Leaves out Content-Length. */
  readonly chunked?: boolean;
  /** Another size in Content-Length. */
  readonly claims?: number;
  /** Milliseconds between pieces of 16 KB. */
  readonly paceMs?: number;
  readonly redirect?: string;
};

/** A request that came in. */
export type SeenRequest = { readonly path: string; readonly range: string | undefined };

/** A server of model files on this machine, as good or as bad as a test wants it. */
export type ModelServer = {
  readonly url: string;
  readonly files: Map<string, ServedFile>;
  readonly requests: SeenRequest[];
  close(): Promise<void>;
};

const PIECE = 16_384;

/** Starts a server; files are added to and changed in `files`, by path. */
export async function startModelServer(): Promise<ModelServer> {
  const files = new Map<string, ServedFile>();
  const requests: SeenRequest[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    requests.push({ path, range: request.headers.range });
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    void answer(file, count, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    files,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  file: ServedFile,
  count: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const failures = file.failures ?? [];
  if (count < failures.length) return void response.writeHead(failures[count]!).end("no");
  if (file.redirect !== undefined) return void response.writeHead(302, { location: file.redirect }).end();
  const etag =
    file.etag === undefined ? `"${createHash("sha256").update(file.bytes).digest("hex")}"` : file.etag;
  const start = startOf(file, etag, request);
  if (start > file.bytes.length)
    return void response.writeHead(416, { "content-range": `bytes */${file.bytes.length}` }).end();
  const body = file.bytes.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    ...(etag === null ? {} : { etag }),
    ...(file.chunked ? {} : { "content-length": file.claims ?? body.length }),
    ...(start > 0 ? { "content-range": `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}` } : {}),
  });
  response.flushHeaders();
  const cut = file.cuts?.[count - failures.length] ?? Number.POSITIVE_INFINITY;
  for (let at = 0; at < body.length; at += PIECE) {
    if (file.paceMs !== undefined) await new Promise((resolve) => setTimeout(resolve, file.paceMs));
    const piece = body.subarray(at, Math.min(at + PIECE, cut));
    if (piece.length > 0) await new Promise((resolve) => response.write(piece, resolve));
    if (at + PIECE >= cut) return void response.destroy();
    if (response.destroyed) return;
  }
  response.end();
}

function startOf({ ranges = true }: ServedFile, etag: string | null, request: IncomingMessage): number {
  const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const condition = request.headers["if-range"];
  return ranges && match !== null && (condition === undefined || condition === etag) ? Number(match[1]) : 0;
}
