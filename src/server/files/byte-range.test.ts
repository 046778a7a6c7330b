import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readByteRange } from "./byte-range.js";

const part = (start: number, end: number) => ({ kind: "part", start, end });

describe("readByteRange", () => {
  it("reads the three forms", () => {
    expect(readByteRange("bytes=0-99", 1000)).toEqual(part(0, 100));
    expect(readByteRange("bytes=100-", 1000)).toEqual(part(100, 1000));
    expect(readByteRange("bytes=-100", 1000)).toEqual(part(900, 1000));
    expect(readByteRange("Bytes = 5 - 2000", 1000)).toEqual(part(5, 1000));
    expect(readByteRange("bytes=-2000", 1000)).toEqual(part(0, 1000));
    expect(readByteRange("bytes=999-", 1000)).toEqual(part(999, 1000));
  });

  it("says when there are no such bytes", () => {
    for (const header of ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
      expect(readByteRange(header, 1000)).toEqual({ kind: "unsatisfiable" });
    expect(readByteRange("bytes=0-", 0)).toEqual({ kind: "unsatisfiable" });
    expect(readByteRange("bytes=-5", 0)).toEqual({ kind: "unsatisfiable" });
  });

  it("takes everything else for no range", () => {
    for (const header of [
      undefined,
      "",
      "bytes=",
      "bytes=-",
      "bytes=9-5",
      "lines=1-2",
      "bytes=0-1,5-6",
      "bytes=x-",
    ])
      expect(readByteRange(header, 1000)).toEqual({ kind: "all" });
  });

  it("never leads out of the file", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat({ max: 5000 }), (noise, first, last, size) => {
        for (const header of [
          `bytes=${first}-${last}`,
          `bytes=-${last}`,
          `bytes=${first}-`,
          `bytes=${noise}`,
        ]) {
          const range = readByteRange(header, size);
          if (range.kind !== "part") continue;
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeLessThanOrEqual(size);
          expect(range.start).toBeLessThan(range.end);
        }
      }),
    );
  });
});
