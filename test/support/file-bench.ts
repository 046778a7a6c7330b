import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Hono } from "hono";
import { pino } from "pino";
import type { Database } from "../../src/database/index.js";
import { createFileLibrary, type FileLibrary, type FileLibraryOptions } from "../../src/files/index.js";
import { createCallerDirectory, createKeyStore } from "../../src/keys/index.js";
import { createFilesSurface } from "../../src/server/files/files-surface.js";
import { createStorageRoutes } from "../../src/server/files/storage-routes.js";
import { createFront } from "../../src/server/front/front.js";
import { listen } from "../../src/server/front/listen.js";
import {
  SURFACES,
  type Surface,
  type SurfaceApp,
  type SurfaceEnvironment,
} from "../../src/server/surface.js";
import { createDiskObjectStore, type ObjectStore } from "../../src/storage/index.js";
import { startTestDatabase } from "./test-database.js";

/** The caller of a server without keys. */
export const NO_KEY = "00000000-0000-0000-0000-000000000000";

/** The files of a server, on a real PostgreSQL and a real disk, with a clock that can be put forward. */
export type FileBench = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly library: FileLibrary;
  /** Where the store keeps its objects. */
  readonly directory: string;
  /** Another process on the same database and store; some of its parts may be others. */
  another(options?: Partial<FileLibraryOptions>): FileLibrary;
  now(): Date;
  /** Puts the clock forward. */
  pass(seconds: number): void;
  /** Keys of all objects in the store. */
  objects(): Promise<string[]>;
  /** Files of writes that are not finished. */
  halfWritten(): Promise<string[]>;
  /** How often this process has an object open. */
  openFiles(key: string): Promise<number>;
  /** A file outside of the store. */
  scratchFile(bytes: Uint8Array): Promise<string>;
  makeKey(): Promise<{ readonly id: string; readonly text: string }>;
  /** A request as the queue would note it. */
  addRequest(keyId: string, input?: unknown): Promise<string>;
  /** Serves uploads and downloads on a free port. */
  serve(): Promise<string>;
  close(): Promise<void>;
};

export async function openFileBench(options: Partial<FileLibraryOptions> = {}): Promise<FileBench> {
  const { database, close } = await startTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), "parlante-files-"));
  const store = options.store ?? createDiskObjectStore({ directory });
  const logger = pino({ level: "silent" });
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead * 1000);
  const secret = randomBytes(32);
  const another = (changes: Partial<FileLibraryOptions> = {}) =>
    createFileLibrary({
      database,
      store,
      secret,
      keepFilesDays: null,
      urlLifetime: null,
      maxUploadBytes: 1024 ** 3,
      logger,
      now,
      ...options,
      ...changes,
    });
  const library = another();
  const keys = createKeyStore(database);
  const closing: (() => Promise<void>)[] = [];
  const scratch = await mkdtemp(join(tmpdir(), "parlante-scratch-"));
  return {
    database,
    store,
    library,
    directory,
    openFiles: async (key) => {
      const links = (await readdir("/proc/self/fd").catch(() => [])).map((fd) =>
        readlink(`/proc/self/fd/${fd}`).catch(() => ""),
      );
      return (await Promise.all(links)).filter((path) => path === join(directory, key)).length;
    },
    scratchFile: async (bytes) => {
      const path = join(scratch, randomUUID());
      await writeFile(path, bytes);
      return path;
    },
    another,
    now,
    pass: (seconds) => {
      ahead += seconds;
    },
    objects: async () => (await filesBelow(directory)).filter((path) => !path.startsWith(".")).sort(),
    halfWritten: async () => (await filesBelow(directory)).filter((path) => path.startsWith(".")),
    makeKey: async () => {
      const { key, text } = await keys.create({ name: "test" });
      return { id: key.id, text };
    },
    async addRequest(keyId, input = {}) {
      const id = randomUUID();
      await database.query(
        `insert into requests (id, key_id, endpoint, state, input, input_hash, file_base, auth_method, created_at)
         values ($1, $2, 'fal-ai/heygen/avatar4/image-to-video', 'IN_QUEUE', $3, '', 'http://127.0.0.1', 'key', $4)`,
        [id, keyId, JSON.stringify(input), now()],
      );
      return id;
    },
    async serve() {
      const callers = createCallerDirectory({ database, secret, allowsKeyless: true, cacheSeconds: 0 });
      const front = createFront({
        surfaces: {
          ...nothingElse(),
          rest: createStorageRoutes(library),
          files: createFilesSurface(library),
        },
        callers,
        settings: { publicUrl: null, trustsProxy: false, corsOrigins: null, host: "127.0.0.1" },
        logger,
      });
      const listener = await listen({ host: "127.0.0.1", port: 0, tls: null, fetch: front.fetch, logger });
      closing.push(() => listener.close(0));
      return listener.address.url;
    },
    async close() {
      for (const end of closing) await end();
      await close();
      for (const path of [directory, scratch]) await rm(path, { recursive: true, force: true });
    },
  };
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

function nothingElse(): Record<Surface, SurfaceApp> {
  return Object.fromEntries(
    SURFACES.map((surface) => [surface, new Hono<SurfaceEnvironment>()]),
  ) as unknown as Record<Surface, SurfaceApp>;
}
