import { open } from "node:fs/promises";
import { boxesOf } from "./file-parts.js";

/** Bit of a track's flags that says that it is shown (ISO 14496-12, 8.3.2). */
const ENABLED = 1;
/** Boxes in which a track's header and the kind of its media are found. */
const CONTAINERS: ReadonlySet<string> = new Set(["trak", "mdia"]);

/**
 * Tells players of an MP4 or MOV file not to show its text track unasked. FFmpeg's writer marks the only track of a kind as
 * shown whatever it is told.
 *
 * @throws Error of the file system
 */
export async function hideTextTrack(path: string): Promise<void> {
  const index = (await boxesOf(path)).parts.find(({ name }) => name === "moov");
  if (index === undefined) return;
  const file = await open(path, "r+");
  try {
    const bytes = Buffer.alloc(index.length);
    await file.read(bytes, 0, index.length, index.offset);
    for (const at of textTrackFlags(bytes)) {
      await file.write(Uint8Array.of(bytes[at]! & ~ENABLED), 0, 1, index.offset + at);
    }
  } finally {
    await file.close();
  }
}

/** Where in an index the last byte of the flags of each text track is. */
function textTrackFlags(index: Buffer): number[] {
  const found: number[] = [];
  let flags = 0;
  const visit = (start: number, end: number): void => {
    for (let at = start; at + 8 <= end; ) {
      const size = index.readUInt32BE(at);
      const name = index.toString("latin1", at + 4, at + 8);
      if (size < 8 || at + size > end) return;
      if (name === "tkhd") flags = at + 11;
      if (name === "hdlr" && index.toString("latin1", at + 16, at + 20) === "sbtl") found.push(flags);
      if (CONTAINERS.has(name)) visit(at + 8, at + size);
      at += size;
    }
  };
  visit(8, index.length);
  return found;
}
