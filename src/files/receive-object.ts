import { createHash } from "node:crypto";
import { type Readable, Transform } from "node:stream";
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
  await loose.note(key, after(now(), UNFINISHED_SECONDS));
  const hash = createHash("sha256");
  const hashed = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  content.once("error", (error) => hashed.destroy(error));
  content.once("close", () => {
    if (!content.readableEnded) hashed.destroy(new Error("The upload ended in the middle."));
  });
  hashed.once("close", () => content.destroy());
  try {
    const { sizeBytes } = await store.put(key, content.pipe(hashed), {
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
  }
}
