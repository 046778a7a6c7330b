import { createHash, type Hash } from "node:crypto";
import { Readable } from "node:stream";
import { after, type LibraryParts, UNFINISHED_SECONDS } from "./library-parts.js";

/** Bytes on their way in. */
export type Incoming = {
  readonly content: Readable;
  readonly contentType: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
};

/** A new object that no file has taken yet, and what distinguishes its bytes. */
export type ReceivedObject = { readonly key: string; readonly sizeBytes: number; readonly etag: string };

/** Streams bytes into a new object, which is swept away after a day unless a file takes it. */
export async function receiveObject(
  { store, loose, now }: LibraryParts,
  key: string,
  { content, contentType, maxBytes, signal }: Incoming,
): Promise<ReceivedObject> {
  content.on("error", () => {
    // Whoever reads it sees it; until then it must not end the process.
  });
  const hash = createHash("sha256");
  try {
    await loose.note(key, after(now(), UNFINISHED_SECONDS));
    const { sizeBytes } = await store.put(key, Readable.from(hashed(content, hash), { objectMode: false }), {
      contentType,
      maxBytes,
      ...(signal ? { signal } : {}),
    });
    // The first half tells files apart as well, and keeps the list of parts short.
    return { key, sizeBytes, etag: hash.digest("hex").slice(0, 32) };
  } catch (error) {
    await loose.remove([key]).catch(() => {
      // The first error says more; the sweep comes by later.
    });
    throw error;
  } finally {
    content.destroy();
  }
}

async function* hashed(content: Readable, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    yield chunk;
  }
}
