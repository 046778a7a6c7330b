/**
 * Writes the generated blocks of the documents again: the options of the README and the diagram of
 * ARCHITECTURE.md. A test compares them.
 *
 * Usage: `node --import tsx scripts/update-documents.ts`
 */
import { readFile, writeFile } from "node:fs/promises";
import { folderDiagram } from "./documents/folder-diagram.js";
import { replaceBlock } from "./documents/generated-block.js";
import { optionsTable } from "./documents/options-table.js";

async function update(file: string, name: string, content: string): Promise<void> {
  const path = new URL(`../${file}`, import.meta.url);
  await writeFile(path, replaceBlock(await readFile(path, "utf8"), name, content));
}

await update("README.md", "options", optionsTable());
await update("ARCHITECTURE.md", "folders", await folderDiagram());
