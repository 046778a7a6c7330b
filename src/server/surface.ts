import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Caller, Scope } from "../keys/index.js";
import type { PublicBase } from "./public-base.js";

/**
 * The faces of the hosted service that this server shows, each an app of its own with the paths that it has there:
 * `run` (fal.run), `queue` (queue.fal.run), `rest` (rest.fal.ai), `files` (v3.fal.media), `platform` (api.fal.ai),
 * `site` (fal.ai, and what only we have).
 */
export const SURFACES = ["run", "queue", "rest", "files", "platform", "site"] as const;
/** One of the {@link SURFACES}. */
export type Surface = (typeof SURFACES)[number];

/** What the way in has found out about a request before a surface sees it. */
export type RequestContext = {
  /** Also the header `x-fal-request-id` of the answer, unless a surface sets another. */
  readonly requestId: string;
  readonly base: PublicBase;
  readonly logger: Logger;
  /** Fires when the caller goes away. */
  readonly signal: AbortSignal;
  /** Fires when the server is about to stop: what could go on for long, such as a stream of events, should end. */
  readonly draining: AbortSignal;
  /**
   * Who is calling.
   *
   * @throws {@link AccessError} 401 when unknown, 403 without the scope
   */
  authenticate(scope: Scope): Promise<Caller>;
  /** The body up to a limit. @throws {@link BadRequestError} 413 beyond it, {@link CapacityError} when it dawdles */
  readBody(maxBytes: number): Promise<Buffer>;
  /** The body as a stream, unread. */
  bodyStream(): ReadableStream<Uint8Array> | null;
};

/** The environment of every Hono app here: `context.var.request`, or `c.get("request")`. */
export type SurfaceEnvironment = { Variables: { request: RequestContext } };

/** One face. Its handlers throw `ParlanteError`s; how they look on the wire is decided in one place. */
export type SurfaceApp = Hono<SurfaceEnvironment>;
