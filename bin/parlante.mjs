#!/usr/bin/env node
// In a clone the TypeScript sources run as they are; the published package has only what was built from them.
import { existsSync } from "node:fs";

const sources = new URL("../src/cli/main.ts", import.meta.url);

if (existsSync(sources)) {
  const { register } = await import("tsx/esm/api");
  register();
  await import(sources.href);
} else {
  await import("../dist/cli/main.js");
}
