import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CHECKLIST } from "./checklist.js";

it("every line of the checklist is tested in this folder", () => {
  const folder = new URL("./", import.meta.url);
  const tested = new Set(
    readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts"))
      .flatMap((name) => [...readFileSync(new URL(name, folder), "utf8").matchAll(/\bline\((\d+)/g)])
      .map((match) => Number(match[1])),
  );
  expect([...tested].sort((a, b) => a - b)).toEqual(Object.keys(CHECKLIST).map(Number));
});
