import { Hono } from "hono";
import type { Logger } from "pino";
import type { CallerDirectory } from "../../keys/index.js";
import { AccessError, CancelledError, ParlanteError } from "../../shared/errors.js";
import { continueTrace, withSpan } from "../../shared/tracing.js";
import { reasonPhrase, toErrorAnswer, toErrorResponse } from "../http-errors.js";
import { publicBaseFor } from "../public-base.js";
import { SURFACES, type Surface, type SurfaceApp, type SurfaceEnvironment } from "../surface.js";
import { type CallerAddress, readCallerAddress } from "./caller-address.js";
import { answerPreflight, decideOrigin, type OriginDecision, originHeaders } from "./cross-origin.js";
import { findSurface, PROXY_PATH, type ProxyDestination, readProxyTarget } from "./find-surface.js";
import { guardStream } from "./guard-stream.js";
import { assertCalledFromHere } from "./keyless-guard.js";
import type { BodyPace } from "./request-body.js";
import { explainUnknown } from "./unknown-path.js";
import { type AnswerRecord, type FrontEnvironment, openVisit, type Visit } from "./visit.js";

/** Settings of the way in; names as in the server's settings. */
export type FrontSettings = {
  /** Address under which callers reach this server; null: the one that they used. */
  readonly publicUrl: string | null;
  /** Whether to believe `X-Forwarded-*` also from other machines. */
  readonly trustsProxy: boolean;
  /** Web origins that may call, `*` for all; null: all with keys, else those of this machine. */
  readonly corsOrigins: readonly string[] | null;
  /** The address that is listened on. */
  readonly host: string;
};

/** What the way in is made of. */
export type FrontOptions = {
  readonly surfaces: Readonly<Record<Surface, SurfaceApp>>;
  readonly callers: CallerDirectory;
  readonly settings: FrontSettings;
  readonly logger: Logger;
  /** Whether callers need no key at the moment. @defaultValue as `callers` treats somebody without one */
  readonly keyless?: () => Promise<boolean>;
  /** How slowly bodies may come. @defaultValue 15 s of silence; 500 bytes/s after 20 s */
  readonly bodyPace?: BodyPace;
  readonly onAnswer?: (record: AnswerRecord) => void;
};

/** The one way in: finds out who calls what under which address, and hands the request to its surface. */
export type Front = {
  /** Never rejects. */
  fetch(request: Request, environment: FrontEnvironment): Promise<Response>;
};

const BODY_PACE: BodyPace = { stall: 15, rate: 500, grace: 20 };
const MAX_URL_LENGTH = 8192;
const OPTIONS_ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

type Apps = Readonly<Record<Surface, SurfaceApp>>;

/** Makes the way in from the surfaces behind it. */
export function createFront(options: FrontOptions): Front {
  const { callers, settings, logger } = options;
  const apps = Object.fromEntries(
    SURFACES.map((surface) => [surface, mount(options.surfaces[surface])]),
  ) as Apps;
  const keyless = options.keyless ?? (() => isKeyless(callers));
  const bodyPace = options.bodyPace ?? BODY_PACE;

  return {
    async fetch(request, environment) {
      const visit = openVisit({ request, environment, logger, onAnswer: options.onAnswer });
      let decision: OriginDecision = { allow: null, isPreflight: false };
      try {
        if (request.url.length > MAX_URL_LENGTH) throw urlTooLong();
        const address = readCallerAddress(environment.incoming, visit.url, settings.trustsProxy);
        const rules = { allowed: settings.corsOrigins, isKeyless: await keyless() };
        if (rules.isKeyless) assertCalledFromHere(address, settings.host);
        const found = findSurface(address.name, request.method, visit.url.pathname);
        visit.surface = found.surface;
        decision = decideOrigin(request.headers, request.method, found.surface, rules);
        if (decision.isPreflight) return finish(answerPreflight(request.headers, decision), visit, decision);
        if (request.method === "OPTIONS")
          return finish(
            new Response(null, { status: 204, headers: { allow: OPTIONS_ALLOW } }),
            visit,
            decision,
          );
        const destination = proxyDestination(request, address, visit) ?? {
          ...found,
          search: visit.url.search,
        };
        visit.surface = destination.surface;
        visit.path = destination.path;
        const base = publicBaseFor(address, settings.publicUrl);
        const inner = visit.innerRequest(destination, { base, callers, bodyPace });
        const app = apps[destination.surface];
        const response = await traced(visit, async () => app.fetch(inner.request, inner.bindings));
        return finish(response, visit, decision);
      } catch (error) {
        return finish(answerError(error, visit), visit, decision);
      }
    },
  };
}

/** One span per request, part of the caller's trace. */
function traced(visit: Visit, work: () => Promise<Response>): Promise<Response> {
  const { requestId, surface, method, headers } = visit;
  return continueTrace(headers, () =>
    withSpan(
      `${method} ${surface}`,
      { "http.request.method": method, "parlante.surface": surface, "parlante.request_id": requestId },
      async (span) => {
        const response = await work();
        span.setAttribute("http.response.status_code", response.status);
        return response;
      },
    ),
  );
}

/** Whether somebody without a key would be let in. While that cannot be told, the rules for a server without keys hold: they are the stricter ones. */
async function isKeyless(callers: CallerDirectory): Promise<boolean> {
  try {
    return (await callers.identify(undefined, undefined)).authMethod === "none";
  } catch (error) {
    return !(error instanceof AccessError);
  }
}

/** Puts a surface behind what all of them need: the context, HEAD, and one opinion about unknown paths. */
function mount(surface: SurfaceApp): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.use(async (context, next) => {
    context.set("request", (context.env as SurfaceEnvironment["Variables"]).request);
    await next();
    // Hono answers HEAD by GET and forgets the body, which may hold a file open.
    if (context.req.method === "HEAD") await context.res.body?.cancel();
  });
  app.route("/", surface);
  app.notFound((context) => {
    throw explainUnknown(app, context);
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}

function proxyDestination(request: Request, address: CallerAddress, visit: Visit): ProxyDestination | null {
  if (address.falName !== null || visit.url.pathname.replace(/\/$/, "") !== PROXY_PATH) return null;
  return readProxyTarget(request.headers.get("x-fal-target-url") ?? undefined);
}

function urlTooLong(): ParlanteError {
  return new ParlanteError(
    "bad_request",
    `The URL is longer than ${MAX_URL_LENGTH} characters; send data in the body.`,
    414,
    false,
  );
}

function answerError(error: unknown, visit: Visit): Response {
  const hasGone = visit.signal.aborted && !(error instanceof ParlanteError);
  const answer = toErrorAnswer(hasGone ? new CancelledError("The caller has gone.") : error);
  if (answer.isBug) visit.logger.error({ err: error }, "a request failed by a mistake in the server");
  else if (answer.status >= 500) visit.logger.warn({ err: error }, "a request failed");
  return toErrorResponse(answer);
}

/** What every answer has. */
function finish(response: Response, visit: Visit, decision: OriginDecision): Response {
  const { headers } = response;
  const told = headers.get("x-fal-request-id");
  if (told === null) headers.set("x-fal-request-id", visit.requestId);
  else visit.toldRequestId = told;
  if (!headers.has("x-content-type-options")) headers.set("x-content-type-options", "nosniff");
  for (const [name, value] of Object.entries(decision.isPreflight ? {} : originHeaders(decision))) {
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
  const reason = reasonPhrase(response.status);
  if (reason !== null) visit.outgoing.statusMessage = reason;
  return isInMemory(headers) ? response : guarded(response, visit);
}

/** Text is answered from memory, unless it is a file; only streams can break, or go on for ever. */
function isInMemory(headers: Headers): boolean {
  if (headers.has("accept-ranges")) return false;
  return /^(?:application\/json|text\/(?!event-stream))/.test(headers.get("content-type") ?? "text/plain");
}

function guarded(response: Response, visit: Visit): Response {
  const { status, headers, body } = response;
  if (body === null) return response;
  const isEvents = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const stream = guardStream(body, {
    endsOn: isEvents ? visit.draining : null,
    onBreak(error) {
      if (!visit.signal.aborted) visit.logger.error({ err: error }, "an answer broke off");
      visit.outgoing.destroy();
    },
  });
  return new Response(stream, { status, headers });
}
