import type { Context } from "hono";
import type { Caller, CallerDirectory } from "../../keys/index.js";
import type { Submission, TalkQueue } from "../../queue/index.js";
import { type LiveFormat, liveFormatOf } from "../../request/index.js";
import { BadRequestError } from "../../shared/errors.js";
import type { RequestContext, SurfaceEnvironment } from "../surface.js";
import { type BodySpace, LARGEST_BODY } from "./body-space.js";
import { readCallHeaders } from "./call-headers.js";
import { checkBodySize, parseJsonBody } from "./json-body.js";
import { MODEL_ID } from "./model.js";

/** Takes the files out of bodies. */
export interface BodyInputs {
  /**
   * Moves long data URIs into files of the caller.
   *
   * @returns the body with `parlante-input:<file id>` in their places
   * @throws {@link InputError}, {@link AssetError} naming the field whose data URI cannot be used
   */
  extract(body: unknown, keyId: string): Promise<unknown>;
}

/** What both ways of sending a request need. */
export type IntakeParts = {
  readonly queue: TalkQueue;
  readonly callers: CallerDirectory;
  readonly inputs: BodyInputs;
  /** One for all surfaces of the process. */
  readonly bodySpace: BodySpace;
};

/** What differs between them. */
export type IntakeKind = Pick<Submission, "isSync" | "webhookUrl" | "maxQueueLength">;

/** A request that the queue has taken in. */
export type TakenRequest = {
  readonly id: string;
  readonly caller: Caller;
  readonly queuePosition: number | null;
  readonly liveFormat: LiveFormat | null;
};

/**
 * Takes a request in: headers, caller, body, limits, files, queue.
 *
 * A sync request with the very same bytes as one that its caller left becomes that one: Node's fetch gives up after
 * 300 s without an answer, and fal's client then sends everything anew.
 *
 * @throws what is wrong with the call; nothing of it is kept then
 */
export async function takeRequest(
  context: Context<SurfaceEnvironment>,
  parts: IntakeParts,
  kind: IntakeKind,
): Promise<TakenRequest> {
  const { request } = context.var;
  const caller = await request.authenticate("run");
  const headers = readCallHeaders((name) => context.req.header(name));
  const body = await receiveBody(context.req.header("content-length"), request, parts.bodySpace);
  const leave = await parts.bodySpace.take("read", body.length, request.signal);
  try {
    const parsed = parseJsonBody(body);
    const draft: Submission = {
      ...kind,
      ...headers,
      keyId: caller.keyId,
      authMethod: caller.authMethod,
      endpoint: MODEL_ID,
      body: parsed,
      bodyHash: new Uint8Array(await crypto.subtle.digest("SHA-256", body)),
      fileBase: request.base.files,
      liveFormat: liveFormatOf(parsed),
    };
    await parts.callers.admit(caller);
    const twin = kind.isSync ? await parts.queue.adopt(draft) : null;
    if (twin !== null) {
      request.logger.info({ request_id: twin }, "request: taken over from a caller that had gone");
      return { id: twin, caller, queuePosition: null, liveFormat: draft.liveFormat };
    }
    const stored = await parts.inputs.extract(draft.body, caller.keyId);
    checkBodySize(stored);
    const { id, queuePosition, liveFormat } = await parts.queue.submit({ ...draft, body: stored });
    return { id, caller, queuePosition, liveFormat };
  } finally {
    leave();
  }
}

async function receiveBody(
  announced: string | undefined,
  request: RequestContext,
  space: BodySpace,
): Promise<Buffer<ArrayBuffer>> {
  const expected = announced === undefined ? LARGEST_BODY : Number(announced);
  if (expected > LARGEST_BODY) {
    throw new BadRequestError(
      `The body has ${expected} bytes; the limit is ${LARGEST_BODY}. Upload the files and send their URLs.`,
      { context: { max_size: LARGEST_BODY } },
      "request_too_large",
      413,
    );
  }
  const leave = await space.take("receive", expected, request.signal);
  try {
    return (await request.readBody(LARGEST_BODY)) as Buffer<ArrayBuffer>;
  } finally {
    leave();
  }
}
