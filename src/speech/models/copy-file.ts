import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { startDigest } from "./file-digest.js";
import type { ModelFile } from "./model.js";
import { sourceFailed, wrongFile } from "./model-errors.js";

/**
 * Copies one file of a model from a directory, and verifies it as it goes.
 *
 * It is looked for under its name, in a folder with the model's id, and under the name that its download has.
 *
 * @returns its SHA-256
 * @throws AssetError `model_source_error` when it is not there
 * @throws EngineError `model_damaged` when it is another file; nothing is left then
 */
export async function copyFromDirectory(
  file: ModelFile,
  target: string,
  options: {
    readonly from: string;
    readonly modelId: string;
    readonly signal: AbortSignal | undefined;
    readonly onBytes: (bytes: number) => void;
  },
): Promise<string> {
  const { from, modelId, signal, onBytes } = options;
  const source = await findSource(file, from, modelId);
  const cure = `Download it again from ${file.url}, or pull without --from.`;
  const digest = startDigest(file);
  const handle = await open(target, "w", 0o644);
  try {
    const stream = createReadStream(source, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      digest.update(chunk);
      if (digest.length > file.sizeBytes)
        throw wrongFile(source, `has more than the ${file.sizeBytes} bytes that it should have`, cure);
      await handle.writeFile(chunk);
      onBytes(digest.length);
    }
    const sha256 = digest.verify(cure);
    await handle.sync();
    return sha256;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function findSource(file: ModelFile, from: string, modelId: string): Promise<string> {
  const root = await stat(from).catch(() => null);
  if (root === null || !root.isDirectory())
    throw sourceFailed(`--from: ${from} is no directory. Give the directory that holds the model's files.`);
  const downloaded = new URL(file.url).pathname.split("/").at(-1)!;
  const names = /^[\w.+-]+$/.test(downloaded) ? [file.name, downloaded] : [file.name];
  for (const folder of [from, join(from, modelId)])
    for (const name of names) {
      const path = join(folder, name);
      if ((await stat(path).catch(() => null))?.isFile()) return path;
    }
  throw sourceFailed(
    `--from: ${from} lacks ${file.name} (${file.sizeBytes} bytes). Download it from ${file.url}.`,
  );
}
