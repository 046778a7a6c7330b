import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Logger } from "pino";
import { type Caller, type CallerDirectory, requireScope } from "../../keys/index.js";
import { AccessError } from "../../shared/errors.js";
import type { PublicBase } from "../public-base.js";
import type { RequestContext, Surface } from "../surface.js";
import type { ProxyDestination } from "./find-surface.js";
import { type BodyPace, takeRequestBody } from "./request-body.js";

/** What comes with a request from the listener. */
export type FrontEnvironment = HttpBindings & {
  /** Fires when the server is about to stop. */
  readonly draining: AbortSignal;
};

/** What is known about a request when its answer has been sent, for metrics. */
export type AnswerRecord = {
  readonly surface: Surface;
  readonly method: string;
  readonly status: number;
  /** From its first line to the last byte of the answer. */
  readonly seconds: number;
};

/** One request on its way through the front, and what is found out about it. */
export type Visit = {
  readonly requestId: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly logger: Logger;
  /** Fires when the caller goes away. */
  readonly signal: AbortSignal;
  readonly draining: AbortSignal;
  readonly outgoing: ServerResponse;
  /** Where it goes; for the log. */
  surface: Surface;
  path: string;
  /** The id that the caller was told, by which it is looked for in the log: of the queue's request, where it is about one. */
  toldRequestId: string;
  /** The request as its surface sees it. */
  innerRequest(
    destination: ProxyDestination,
    parts: { base: PublicBase; callers: CallerDirectory; bodyPace: BodyPace },
  ): { request: Request; bindings: { request: RequestContext } };
};

type Arrival = {
  readonly request: Request;
  readonly environment: FrontEnvironment;
  readonly logger: Logger;
  readonly onAnswer: ((record: AnswerRecord) => void) | undefined;
};

/** Longest path in a line of the log. */
const MAX_LOGGED_PATH = 300;

/** Gives a request its id and logger, and writes its line into the log when the answer is out. */
export function openVisit({ request, environment, logger, onAnswer }: Arrival): Visit {
  const { incoming, draining } = environment;
  const outgoing = environment.outgoing as ServerResponse;
  const requestId = randomUUID();
  const url = new URL(request.url);
  const startedAt = performance.now();
  const leaving = new AbortController();
  let caller: Caller | null = null;

  const visit: Visit = {
    requestId,
    url,
    method: request.method,
    headers: request.headers,
    logger: logger.child({ requestId }),
    signal: leaving.signal,
    draining,
    outgoing,
    surface: "site",
    path: url.pathname,
    toldRequestId: requestId,
    innerRequest({ surface, path, search }, { base, callers, bodyPace }) {
      const body = takeRequestBody(incoming as never, outgoing, bodyPace);
      const mayHaveBody = request.method !== "GET" && request.method !== "HEAD";
      const context: RequestContext = {
        requestId,
        base,
        logger: visit.logger,
        signal: leaving.signal,
        draining,
        async authenticate(scope) {
          caller ??= await identify(callers, request.headers, search, surface);
          requireScope(caller, scope);
          return caller;
        },
        readBody: (maxBytes) => body.read(maxBytes),
        bodyStream: () => body.stream(),
      };
      const inner = new Request(`${url.protocol}//${url.host}${path}${search}`, {
        method: request.method,
        headers: request.headers,
        ...(mayHaveBody && body.raw !== null ? { body: body.raw, duplex: "half" } : {}),
      });
      return { request: inner, bindings: { request: context } };
    },
  };

  outgoing.once("close", () => {
    if (!outgoing.writableFinished) leaving.abort();
    const milliseconds = performance.now() - startedAt;
    const status = outgoing.statusCode;
    visit.logger[isRoutine(request.method, visit.path, status) ? "debug" : "info"](
      {
        method: request.method,
        surface: visit.surface,
        path: visit.path.slice(0, MAX_LOGGED_PATH),
        status,
        ms: Math.round(milliseconds * 10) / 10,
        ...(visit.toldRequestId === requestId ? {} : { toldRequestId: visit.toldRequestId }),
        ...(caller === null ? {} : { keyId: caller.keyId }),
        ...(outgoing.writableFinished ? {} : { aborted: true }),
      },
      "answered",
    );
    onAnswer?.({ surface: visit.surface, method: request.method, status, seconds: milliseconds / 1000 });
  });
  return visit;
}

async function identify(
  callers: CallerDirectory,
  headers: Headers,
  search: string,
  surface: Surface,
): Promise<Caller> {
  const authorization = headers.get("authorization") ?? undefined;
  const token = new URLSearchParams(search).get("fal_jwt_token") ?? undefined;
  try {
    return await callers.identify(authorization, token);
  } catch (error) {
    const isMissing = authorization === undefined && token === undefined;
    if (surface !== "rest" || !isMissing || !(error instanceof AccessError)) throw error;
    throw new AccessError("Authorization header is required", 401);
  }
}

/** Clients ask for states ten times a second and probes every few: their lines would hide all others. */
function isRoutine(method: string, path: string, status: number): boolean {
  return method === "GET" && status < 400 && /\/status$|^\/(?:healthz|readyz|metrics)$/.test(path);
}
