import { isAbsolute, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "./environment.js";

describe("the environment", () => {
  it("keeps nothing unless a data directory is named", () => {
    expect(readEnvironment({}).rigCacheDir).toBeUndefined();
    expect(readEnvironment({ PARLANTE_DATA: "  " }).rigCacheDir).toBeUndefined();
  });

  it("finds pulled models where the server keeps them", () => {
    expect(readEnvironment({ XDG_DATA_HOME: "/data" }).modelsDir).toBe(join("/data", "parlante", "models"));
    expect(readEnvironment({ PARLANTE_DATA: "/mine" }).modelsDir).toBe(join("/mine", "models"));
  });

  it("keeps rigs below the data directory", () => {
    const { rigCacheDir } = readEnvironment({ PARLANTE_DATA: "somewhere" });
    expect(rigCacheDir?.endsWith(join("somewhere", "rigs"))).toBe(true);
    expect(isAbsolute(rigCacheDir ?? "")).toBe(true);
  });
});
