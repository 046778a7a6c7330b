/** Makes the videos of the comparison with the bare engine: warm, in a process like that of the server's worker. */
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../../src/app/index.js";
import { parseTalkRequest } from "../../src/request/index.js";

/** What the parent sends: the body of one request; the photo is a path. */
export type EngineTask = { readonly body: unknown };
/** What it gets back: milliseconds from the call to the finished file. Also sent, with 0, when all is warm. */
export type EngineAnswer = { readonly ms: number };

/** As low as renders of the server. */
const NICENESS = 10;

setPriority(NICENESS);
try {
  // Where Linux shares processors among sessions, niceness counts only within one; this is the session's own.
  writeFileSync("/proc/self/autogroup", String(NICENESS), { flag: "r+" });
} catch {
  // Not offered here.
}
const workspace = await mkdtemp(join(tmpdir(), "parlante-bench-"));
const app = createApp({ keepsMediaReady: true, rigCacheDir: join(workspace, "rigs"), tempDir: workspace });
const reply = (answer: EngineAnswer) => process.send?.(answer);

process.on("message", async ({ body }: EngineTask) => {
  const start = performance.now();
  await app.talk(parseTalkRequest(body), {
    outPath: join(workspace, "output.mp4"),
    tempDir: workspace,
    allowLocalPaths: true,
  });
  const ms = performance.now() - start;
  await app.warmUp();
  reply({ ms });
});
process.on("disconnect", async () => {
  await app.close();
  await rm(workspace, { recursive: true, force: true });
  process.exit(0);
});
await app.warmUp();
reply({ ms: 0 });
