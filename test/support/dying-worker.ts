/** Runs one talk in a pool and prints the lines that it says; to be killed by a test. */
import { createTalkPool } from "../../src/queue/talk-pool/talk-pool.js";

const [entry, workspace, body, files] = process.argv.slice(2) as [string, string, string, string];
const pool = createTalkPool({
  entry: new URL(entry),
  size: 1,
  memoryLimitBytes: 2 ** 31,
  timeLimit: 60,
  environment: process.env,
  niceness: 0,
});
const job = {
  requestId: "a",
  attempt: 1,
  body: JSON.parse(body),
  files: JSON.parse(files),
  workspace,
  livePath: "",
};
await pool.run(job, {
  signal: new AbortController().signal,
  onEvent: (event) => {
    if (event.type === "log") console.log(event.message);
  },
});
