import { Readable } from "node:stream";
import { EngineError } from "../shared/errors.js";
import type { ObjectFacts, ObjectStore } from "./object-store.js";

/** {@link ObjectStore.join} for stores that can only read and write: the bytes go through this process, piece by piece. */
export function joinByCopying(
  store: Pick<ObjectStore, "open" | "put">,
  parts: readonly string[],
  key: string,
  options: Parameters<ObjectStore["put"]>[2],
): Promise<ObjectFacts> {
  return store.put(key, Readable.from(contents(store, parts), { objectMode: false }), options);
}

async function* contents(
  store: Pick<ObjectStore, "open">,
  parts: readonly string[],
): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const content = await store.open(part);
    if (content === null)
      throw new EngineError("storage_part_missing", "A part of the upload is gone. Upload the file again.");
    yield* content as AsyncIterable<Uint8Array>;
  }
}
