import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputFormat } from "node-av/lib";

/** Longest name of a demuxer, with its other names. */
const LONGEST = 30;

/**
 * Every demuxer of the installed FFmpeg. The binding cannot list them, but it finds them by name, and their names are among
 * the texts in its binary; null where the binary is not found.
 */
export function listDemuxers(): InputFormat[] | null {
  const binary = findBinary();
  if (binary === null) return null;
  const names = new Set<string>();
  for (const [text] of readFileSync(binary)
    .toString("latin1")
    .matchAll(/[a-z0-9_][a-z0-9_,]*(?=\0)/g)) {
    // The linker lets a text be the end of a longer one.
    for (let start = Math.max(0, text.length - LONGEST); start < text.length; start++)
      names.add(text.slice(start).split(",")[0]!);
  }
  const found = new Map<string, InputFormat>();
  for (const name of names) {
    const format = InputFormat.findInputFormat(name);
    if (format?.name) found.set(format.name, format);
  }
  return [...found.values()];
}

function findBinary(): string | null {
  const name = `@seydx/node-av-${process.platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve("node-av/lib"));
    const directory = dirname(require.resolve(`${name}/package.json`));
    const file = readdirSync(directory).find((entry) => entry.endsWith(".node"));
    return file ? join(directory, file) : null;
  } catch {
    return null;
  }
}
