import { mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SampleReader, writeSamples } from "./sample-file.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "parlante-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Every value differs from its neighbours, and is exact as a 32-bit float. */
function ramp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => i / 2 ** 20);
}

describe("writeSamples and SampleReader", () => {
  it.each([0, 1, 32_767, 32_768, 32_769, 100_000])("give %i samples back, then silence", async (length) => {
    // A view into a larger memory, as parts of a sound are.
    const samples = ramp(length + 7).subarray(7);
    const file = await writeSamples(join(directory, "sound.f32"), samples);
    expect(file.length).toBe(length);
    const reader = new SampleReader(file);
    const read = Float32Array.from({ length: length + 10 }, (_, i) => reader.at(i));
    reader.close();
    expect(read.subarray(0, length)).toEqual(samples);
    expect([...read.subarray(length)]).toEqual(new Array(10).fill(0));
  });

  it("read in any order", async () => {
    const samples = ramp(80_000);
    const reader = new SampleReader(await writeSamples(join(directory, "sound.f32"), samples));
    for (const position of [79_999, 0, 40_000, 39_999, 32_768]) {
      expect(reader.at(position)).toBe(samples[position]);
    }
    reader.close();
  });

  it("read samples in memory as they are, without a file", async () => {
    const reader = new SampleReader(Float32Array.of(0.5, -0.25));
    expect([reader.at(0), reader.at(1), reader.at(2)]).toEqual([0.5, -0.25, 0]);
    reader.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it("notice a file that is cut short", async () => {
    const file = await writeSamples(join(directory, "sound.f32"), ramp(1000));
    await truncate(file.path, 2000);
    const reader = new SampleReader(file);
    expect(() => reader.at(0)).toThrow(RangeError);
    reader.close();
  });
});
