import { isAbsolute, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "./environment.js";

describe("the environment", () => {
  it("keeps nothing unless a data directory is named", () => {
    expect(readEnvironment({})).toEqual({});
    expect(readEnvironment({ PARLANTE_DATA: "  " })).toEqual({});
  });

  it("keeps rigs below the data directory", () => {
    const { rigCacheDir } = readEnvironment({ PARLANTE_DATA: "somewhere" });
    expect(rigCacheDir?.endsWith(join("somewhere", "rigs"))).toBe(true);
    expect(isAbsolute(rigCacheDir ?? "")).toBe(true);
  });
});
