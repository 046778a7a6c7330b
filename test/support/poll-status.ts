import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PollOrder, PollReport } from "./status-pollers.js";

const entry = fileURLToPath(new URL("./status-pollers.ts", import.meta.url));

/** Lets clients in a process of their own ask for statuses. */
export async function pollStatus(order: PollOrder): Promise<PollReport> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", entry, JSON.stringify(order)],
    { maxBuffer: 1e6 },
  );
  return JSON.parse(stdout) as PollReport;
}
