/** A talk child that does what its request says instead of making videos: to see what the pool makes of it. */
import { fork } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endWithParent } from "../../src/app/end-with-parent.js";
import type {
  TalkChildMessage,
  TalkChildReply,
  TalkChildSettings,
  TalkJob,
  TalkOutcome,
} from "../../src/queue/index.js";
import { packError } from "../../src/shared/error-transfer.js";
import { CancelledError, EngineError } from "../../src/shared/errors.js";

/** What a request can ask for. */
export type OddBody = {
  readonly do:
    | "finish"
    | "obey"
    | "loop"
    | "write"
    | "exit"
    | "die"
    | "fill"
    | "fill-heap"
    | "lose-media"
    | "tell";
  /** Is done in a process that this one starts, as the media process is. */
  readonly below?: boolean;
};

const send = (message: TalkChildReply): void => void process.send?.(message);
const settings = process.argv[2]!;
let talks = 0;
let cancel: (() => void) | null = null;

if (settings === "below") act(JSON.parse(process.argv[3]!) as TalkJob, () => {});
else {
  const guard = endWithParent((JSON.parse(settings) as TalkChildSettings).parentPid);
  process.on("message", (message: TalkChildMessage) => {
    if (message.type === "cancel") {
      cancel?.();
      return;
    }
    const { talkId, job } = message;
    talks++;
    guard.watchOver(job.workspace);
    send({ type: "event", talkId, event: { type: "log", level: "INFO", message: `begun ${process.pid}` } });
    cancel = () => send({ type: "failed", talkId, error: packError(new CancelledError()) });
    if ((job.body as OddBody).below) {
      const below = fork(fileURLToPath(import.meta.url), ["below", JSON.stringify(job)]);
      const event = { type: "log", level: "INFO", message: `below ${below.pid}` } as const;
      send({ type: "event", talkId, event });
      // Deaf to what the pool asks, as during a long computation; the pause lets the messages out.
      setTimeout(loop, 20);
      return;
    }
    setTimeout(() => act(job, (reply) => send({ ...reply, talkId } as TalkChildReply)), 20);
  });
  send({ type: "ready" });
}

type Answer =
  | { readonly type: "done"; readonly outcome: TalkOutcome }
  | { readonly type: "failed"; readonly error: ReturnType<typeof packError> };

function act(job: TalkJob, reply: (answer: Answer) => void): void {
  const body = job.body as OddBody;
  const path = join(job.workspace, "output.mp4");
  if (body.do === "finish") {
    writeFileSync(path, "video");
    reply({ type: "done", outcome: outcome(path, [`talk ${talks}`]) });
  }
  if (body.do === "tell") reply({ type: "done", outcome: outcome(path, Object.keys(process.env)) });
  if (body.do === "loop") loop();
  if (body.do === "write") for (;;) appendFileSync(path, "more");
  if (body.do === "exit") process.stderr.write("something is broken\n", () => process.exit(7));
  if (body.do === "die") process.kill(process.pid, "SIGSEGV");
  if (body.do === "fill") fill();
  if (body.do === "fill-heap") fillHeap();
  if (body.do === "lose-media") {
    const context = { tool: "media-process", signal: "SIGKILL", exit_code: null, stderr: "last words" };
    const error = new EngineError("internal_server_error", "The media process was ended.", { context });
    reply({ type: "failed", error: packError(error) });
  }
}

function outcome(path: string, warnings: string[]): TalkOutcome {
  return {
    path,
    fileName: "output.mp4",
    contentType: "video/mp4",
    sizeBytes: 5,
    extras: [],
    duration: 1,
    frameCount: 25,
    warnings,
    timings: { total: 0.1 },
  };
}

function loop(): never {
  for (;;) Math.random();
}

/** Takes memory outside of the JavaScript heap, as pixels do. */
function fill(): void {
  const kept: Buffer[] = [];
  setInterval(() => kept.push(Buffer.alloc(30 * 2 ** 20, kept.length + 1)), 30);
}

function fillHeap(): void {
  const kept: string[][] = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => `${kept.length} ${index}`));
}
