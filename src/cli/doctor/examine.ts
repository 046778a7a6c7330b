import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InspectedDatabase, ServerSettings } from "../../app/serve.js";
import { createKeyStore, isLoopback } from "../../keys/index.js";
import { parseTalkRequest } from "../../request/index.js";
import { throwIfCancelled } from "../../shared/errors.js";
import { type Finding, look, ok, warn } from "./finding.js";
import { checkCapacity, checkDataDirectory, checkNode, checkPackages } from "./machine-checks.js";
import { checkClock, checkKeys, checkPort, checkTls } from "./server-checks.js";

/** What is to be examined. */
export type Examination = {
  readonly settings: ServerSettings;
  /** Make a small video, too. */
  readonly renders: boolean;
  readonly signal: AbortSignal;
  /** Told each finding at once. */
  readonly onFinding: (finding: Finding) => Promise<void> | void;
};

const SAMPLE_PORTRAIT = fileURLToPath(new URL("../../../samples/portrait.png", import.meta.url));
const MANIFEST = new URL("../../../package.json", import.meta.url);

/** Looks at everything that a server needs, from the machine up. Changes nothing and leaves nothing behind. */
export async function examine(examination: Examination): Promise<readonly Finding[]> {
  const { settings, signal } = examination;
  const findings: Finding[] = [];
  const tell = async (found: readonly Finding[]): Promise<void> => {
    throwIfCancelled(signal);
    for (const finding of found) {
      findings.push(finding);
      await examination.onFinding(finding);
    }
  };
  const serves = settings.role !== "worker";
  const worksOn = settings.role !== "api";
  await tell([checkNode(process.version)]);
  await tell(await look("packages", "Run npm ci again.", () => checkPackages(settings.databaseUrl === null)));
  if (worksOn) await tell(checkCapacity(settings));
  await tell(
    await look("data", "Set PARLANTE_DATA to a directory that can be written to.", () =>
      checkDataDirectory(settings.dataDir),
    ),
  );
  if (serves) {
    await tell(
      await look("port", "Set HOST and PORT to something else.", () =>
        checkPort(settings.host, settings.port),
      ),
    );
    await tell(
      await look("tls", "Make new ones with: parlante tls init", () =>
        checkTls(settings.dataDir, new Date()),
      ),
    );
  }
  await tell(await examineDatabase(settings));
  await tell(
    await look("files", "Check the S3 settings and the rights of the key.", () => examineFiles(settings)),
  );
  if (examination.renders)
    await tell(await look("render", "Report this, with the lines above.", () => examineRender(signal)));
  return findings;
}

async function examineDatabase(settings: ServerSettings): Promise<readonly Finding[]> {
  const cure =
    settings.databaseUrl === null
      ? "Look into the log in PARLANTE_DATA/postgres, or set DATABASE_URL to a PostgreSQL of yours."
      : "Check DATABASE_URL, and whether that server answers to psql.";
  const { inspectDatabase } = await import("../../app/serve.js");
  let inspected: InspectedDatabase | null = null;
  try {
    return await look("database", cure, async () => {
      const start = performance.now();
      inspected = await inspectDatabase(settings);
      return describeDatabase(inspected, settings, (performance.now() - start) / 1000);
    });
  } finally {
    await (inspected as InspectedDatabase | null)?.close();
  }
}

async function describeDatabase(
  { database, place, hasTables }: InspectedDatabase,
  settings: ServerSettings,
  openingSeconds: number,
): Promise<readonly Finding[]> {
  const start = performance.now();
  const [row] = await database.query<{ version: string; now: Date; encoding: string }>(
    `select current_setting('server_version') as version, clock_timestamp() as now,
       current_setting('server_encoding') as encoding`,
  );
  const { version, now, encoding } = row!;
  const milliseconds = Math.round(performance.now() - start);
  const where = {
    external: "that of DATABASE_URL",
    embedded: "ours in the data directory",
    trial: "ours can be started; it will be made in the data directory",
  }[place];
  const fact = `PostgreSQL ${version}, ${where} (${openingSeconds.toFixed(1)} s to open, ${milliseconds} ms to answer)`;
  const activeKeys = hasTables
    ? (await createKeyStore(database).list()).filter(({ revokedAt }) => revokedAt === null).length
    : 0;
  return [
    encoding === "UTF8"
      ? ok("database", fact)
      : warn("database", `${fact}, encoding ${encoding}`, "Make the database anew with encoding UTF8."),
    ok("tables", hasTables ? "made" : "none yet; the first start makes them"),
    checkClock(new Date(), place === "external" ? now : null, statSync(MANIFEST).mtime),
    ...(settings.role === "worker" ? [] : [checkKeys(settings.host, isLoopback(settings.host), activeKeys)]),
  ];
}

async function examineFiles(settings: ServerSettings): Promise<Finding> {
  const { inspectStore } = await import("../../app/serve.js");
  return inspectStore(settings).then(({ ok: isWell, fact }) =>
    isWell
      ? ok("files", fact)
      : { name: "files", level: "fail", fact, cure: "Check the S3 settings and the rights of the key." },
  );
}

/** A second or two of video from the bundled portrait. */
async function examineRender(signal: AbortSignal): Promise<Finding> {
  const { createApp } = await import("../../app/index.js");
  const directory = await mkdtemp(join(tmpdir(), "parlante-doctor-"));
  const app = createApp({ tempDir: directory });
  try {
    const request = parseTalkRequest({
      image_url: SAMPLE_PORTRAIT,
      prompt: "Hello.",
      resolution: "360p",
      aspect_ratio: "1:1",
    });
    const { duration, timings, video } = await app.talk(request, {
      outPath: join(directory, "doctor.mp4"),
      allowLocalPaths: true,
      signal,
    });
    const factor = duration / timings.render;
    const fact = `${duration.toFixed(1)} s of video in ${timings.total.toFixed(1)} s (${video.sizeBytes} bytes; drawing ${factor.toFixed(1)} times real time)`;
    return factor < 1
      ? warn("render", fact, "It works, but slowly: give the server more or faster processors.")
      : ok("render", fact);
  } finally {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  }
}
