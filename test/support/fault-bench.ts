import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { type OpenRecords, openRecords } from "../../src/app/serve.js";
import { type RunningServer, startServer } from "./run-server.js";
import { call, MODEL, portraitBlob, until } from "./server-calls.js";

/** What a test needs to hurt a real server: everything that it makes lies in one directory. */
export type FaultBench = {
  readonly root: string;
  readonly dataDir: string;
  /** The temporary directory of the server and of all its processes. */
  readonly tempDir: string;
  /** Starts the server; from the second time on at the port that it had. */
  start(environment?: Readonly<Record<string, string>>): Promise<RunningServer>;
  /** All processes that have to do with this server, whoever their parents are (Linux only). */
  processes(): FoundProcess[];
  /** kill -9 of all of them, in no particular order. */
  killAll(): void;
  /** Uploads the bundled portrait. @returns its URL */
  uploadPortrait(server: RunningServer): Promise<string>;
  /** Looks into the database of the server; it need not run. */
  withRecords<Found>(look: (records: OpenRecords["database"]) => Promise<Found>): Promise<Found>;
  /** Names of the objects in the store, e.g. `outputs/ab/…`. */
  objects(): string[];
  /** Files that should not be there when nothing is under way. */
  leftovers(): string[];
  /** Ends every process that is left, and removes the directory. */
  remove(): Promise<void>;
};

export type FoundProcess = { readonly pid: number; readonly role: ProcessRole; readonly command: string };
export type ProcessRole =
  | "server"
  | "worker"
  | "talk"
  | "media"
  | "keeper"
  | "postmaster"
  | "postgres"
  | "other";

/** A directory for a server that will be hurt. */
export function createFaultBench(place = tmpdir()): FaultBench {
  const root = mkdtempSync(join(place, "parlante-faults-"));
  const dataDir = join(root, "data");
  const tempDir = join(root, "tmp");
  for (const directory of [dataDir, tempDir]) mkdirSync(directory);
  // What has been compiled before need not be compiled again in every new temporary directory.
  const compiled = `tsx-${process.getuid?.() ?? 0}`;
  mkdirSync(join(tmpdir(), compiled), { recursive: true });
  symlinkSync(join(tmpdir(), compiled), join(tempDir, compiled));
  // 711: PostgreSQL runs as another user when the server runs as root.
  chmodAll([root, dataDir]);
  let port: number | null = null;
  let server: RunningServer | null = null;

  const bench: FaultBench = {
    root,
    dataDir,
    tempDir,
    async start(environment = {}) {
      const options = { dataDir, environment: { TMPDIR: tempDir, ...environment } };
      server = await startServer(port === null ? options : { ...options, args: ["--port", String(port)] });
      port = server.port;
      return server;
    },
    processes: () => processesOf(root),
    killAll() {
      for (const { pid } of processesOf(root)) killQuietly(pid);
    },
    async uploadPortrait({ url }) {
      const { body } = await call(`${url}/storage/upload/initiate?storage_type=fal-cdn-v3`, {
        body: { content_type: "image/png", file_name: "portrait.png" },
      });
      const sent = await fetch(body.upload_url, {
        method: "PUT",
        body: portraitBlob(),
        headers: { "content-type": "image/png" },
      });
      if (!sent.ok) throw new Error(`The portrait could not be uploaded: ${sent.status}`);
      return body.file_url as string;
    },
    async withRecords(look) {
      const records = await openRecords({ PARLANTE_DATA: dataDir });
      try {
        return await look(records.database);
      } finally {
        await records.close();
      }
    },
    objects: () => filesBelow(join(dataDir, "files")).filter((path) => !path.startsWith(".incoming")),
    leftovers: () => [
      ...filesBelow(join(dataDir, "files", ".incoming")).map((path) => `files/.incoming/${path}`),
      ...filesBelow(join(dataDir, "work")).map((path) => `work/${path}`),
      ...namesIn(tempDir)
        .filter((name) => !name.startsWith("tsx-"))
        .map((name) => `tmp/${name}`),
    ],
    async remove() {
      server?.child.kill("SIGKILL");
      bench.killAll();
      await until("the end of all processes", () => processesOf(root).length === 0, 20_000);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return bench;
}

/** Hands in a request; it is safe when this resolves. */
export async function submit(
  server: Pick<RunningServer, "url">,
  input: unknown,
  query = "",
): Promise<{ id: string; statusUrl: string; resultUrl: string; cancelUrl: string }> {
  const { status, body } = await call(`${server.url}/queue/${MODEL}${query}`, { body: input });
  if (status !== 200) throw new Error(`The request was refused with ${status}: ${JSON.stringify(body)}`);
  return {
    id: body.request_id,
    statusUrl: body.status_url,
    resultUrl: body.response_url,
    cancelUrl: body.cancel_url,
  };
}

function chmodAll(paths: readonly string[]): void {
  for (const path of paths) chmodSync(path, 0o711);
}

function processesOf(root: string): FoundProcess[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && belongsTo(pid, root))
    .map((pid) => {
      const command = textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
      return { pid, role: roleOf(command), command };
    })
    .filter(({ command }) => command !== "");
}

/** By what it was started with, by its environment, or by where it is. */
function belongsTo(pid: number, root: string): boolean {
  if (textOf(`/proc/${pid}/cmdline`).includes(root)) return true;
  if (textOf(`/proc/${pid}/environ`).includes(root)) return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(root + sep);
  } catch {
    return false;
  }
}

function roleOf(command: string): ProcessRole {
  if (command.includes("media-child")) return "media";
  if (command.includes("talk-child")) return "talk";
  if (command.includes("worker-child")) return "worker";
  if (command.includes("parlante.mjs serve")) return "server";
  if (command.startsWith("sh -s ")) return "keeper";
  if (command.startsWith("postgres:")) return "postgres";
  if (/\/postgres -D /.test(command)) return "postmaster";
  return "other";
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
