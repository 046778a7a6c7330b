import { readFileSync } from "node:fs";
import type { FontFile } from "../fonts/font-shelf.js";

/** The part of Skia that draws text. */
export type Skia = typeof import("@napi-rs/canvas");

const registered = new Set<string>();
let loaded: Promise<Skia> | null = null;

/** Loads Skia when it is first needed: it is native code of 35 MB. It is kept from the fonts of the system. */
export function loadSkia(): Promise<Skia> {
  process.env.DISABLE_SYSTEM_FONTS_LOAD = "1";
  loaded ??= import("@napi-rs/canvas");
  return loaded;
}

/** Makes fonts known to Skia, each once for the life of the process. */
export function registerFonts(skia: Skia, files: readonly FontFile[]): void {
  for (const { path, family } of files) {
    if (registered.has(family)) continue;
    skia.GlobalFonts.register(readFileSync(path), family);
    registered.add(family);
  }
}
