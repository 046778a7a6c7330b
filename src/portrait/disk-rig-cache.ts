import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RIG_VERSION } from "./analyse-portrait.js";
import type { Rig } from "./rig.js";
import type { RigCache } from "./rig-cache.js";
import { decodeRig, encodeRig } from "./rig-file.js";

/**
 * Keeps rigs as files of a directory, which is made when needed. A file appears whole or not at all; one that is
 * damaged or of another version counts as absent.
 */
export function createDiskRigCache(directory: string): RigCache {
  const pathOf = (photoSha256: string): string | null =>
    /^[0-9a-f]{64}$/.test(photoSha256) ? join(directory, `${photoSha256}.v${RIG_VERSION}.rig`) : null;
  return {
    load: async (photoSha256) => {
      const path = pathOf(photoSha256);
      const bytes = path === null ? null : await readFile(path).catch(() => null);
      const rig = bytes === null ? null : decodeRig(bytes);
      return rig?.version === RIG_VERSION && rig.photoSha256 === photoSha256 ? rig : null;
    },
    store: async (rig: Rig) => {
      const path = pathOf(rig.photoSha256);
      if (path === null) return;
      const draft = `${path}.${randomUUID()}.tmp`;
      try {
        await mkdir(directory, { recursive: true });
        await writeFile(draft, encodeRig(rig));
        await rename(draft, path);
      } catch {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },
  };
}
