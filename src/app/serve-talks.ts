import { join } from "node:path";
import type { TalkResult } from "../pipeline/index.js";
import type { TalkChildMessage, TalkChildReply, TalkEvent, TalkJob, TalkOutcome } from "../queue/index.js";
import { type OutputFormat, parseTalkRequest } from "../request/index.js";
import { packError } from "../shared/error-transfer.js";
import { InputError } from "../shared/errors.js";
import { continueTrace, withSpan } from "../shared/tracing.js";
import { describeTalk } from "./describe-talk.js";
import type { ParentGuard } from "./end-with-parent.js";
import type { App } from "./engine.js";

/** Name of a finished video; that of the hosted model is the first. */
const FILE_NAMES: Readonly<Record<OutputFormat, string>> = {
  mp4: "output.mp4",
  webm: "output.webm",
  mov: "output.mov",
};

/** Makes the videos that the pool asks for, until it goes away. */
export function serveTalks(app: App, guard: ParentGuard): void {
  let current: { talkId: number; cancel: AbortController } | null = null;
  const reply = (message: TalkChildReply): void => {
    if (process.connected) process.send?.(message);
  };
  const serve = async (talkId: number, job: TalkJob, signal: AbortSignal): Promise<TalkChildReply> => {
    try {
      const onEvent = (event: TalkEvent): void => reply({ type: "event", talkId, event });
      const outcome = await continueTrace(job.trace ?? {}, () =>
        withSpan("parlante.talk", { "parlante.request_id": job.requestId }, () =>
          makeVideo(app, job, signal, onEvent),
        ),
      );
      return { type: "done", talkId, outcome };
    } catch (error) {
      return { type: "failed", talkId, error: packError(serverFault(error)) };
    }
  };
  process.on("message", async (message: TalkChildMessage) => {
    const { talkId } = message;
    if (message.type === "cancel") {
      if (current?.talkId === talkId) current.cancel.abort();
      return;
    }
    const cancel = new AbortController();
    current = { talkId, cancel };
    guard.watchOver(message.job.workspace);
    const answer = await serve(talkId, message.job, cancel.signal);
    guard.watchOver(null);
    current = null;
    reply(answer);
  });
  reply({ type: "ready" });
}

async function makeVideo(
  app: App,
  job: TalkJob,
  signal: AbortSignal,
  onEvent: (event: TalkEvent) => void,
): Promise<TalkOutcome> {
  const request = parseTalkRequest(job.body);
  const description = describeTalk(request, onEvent);
  const { outputFormat, progressive } = request.extras;
  const result = await app.talk(request, {
    outPath: join(job.workspace, FILE_NAMES[outputFormat]),
    ...(progressive ? { livePath: job.livePath } : {}),
    tempDir: job.workspace,
    localCopies: job.files,
    allowLocalPaths: false,
    signal,
    onNote: description.note,
    onProgress: description.progress,
  });
  description.finished(result);
  return outcomeOf(result);
}

/** Where the video is written is chosen by the server: that it cannot be written there is not the caller's fault. */
function serverFault(error: unknown): unknown {
  if (!(error instanceof InputError) || error.code !== "invalid_output_path") return error;
  return error.details.cause ?? new Error(error.message);
}

function outcomeOf({ video, extras, duration, frameCount, warnings, timings }: TalkResult): TalkOutcome {
  const { path, fileName, contentType, sizeBytes } = video;
  return { path, fileName, contentType, sizeBytes, extras, duration, frameCount, warnings, timings };
}
