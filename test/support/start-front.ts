import { Hono } from "hono";
import { pino } from "pino";
import type { CallerDirectory } from "../../src/keys/index.js";
import {
  createFront,
  type FrontOptions,
  type FrontSettings,
  type Listener,
  type ListenOptions,
  listen,
  SURFACES,
  type Surface,
  type SurfaceApp,
  type SurfaceEnvironment,
} from "../../src/server/index.js";
import { AccessError } from "../../src/shared/errors.js";

/** A front with tiny surfaces behind it, on a free port of this machine. */
export type RunningFront = Listener & {
  /** Parsed lines of the log. */
  readonly log: Record<string, unknown>[];
};

export type TinyFrontOptions = {
  readonly surfaces?: Partial<Record<Surface, SurfaceApp>>;
  readonly settings?: Partial<FrontSettings>;
  /** The only key; without it everybody is let in. */
  readonly key?: string;
  readonly front?: Partial<FrontOptions>;
  readonly listen?: Partial<ListenOptions>;
};

const CALLER = {
  keyId: "00000000-0000-0000-0000-000000000000",
  name: "test",
  scopes: ["run", "files", "admin"],
} as const;

/** A surface that tells what reached it. */
export function echoSurface(surface: Surface): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  return app.all("*", (context) => {
    const { base, requestId } = context.var.request;
    const { method, path } = context.req;
    return context.json({ surface, method, path, query: context.req.query(), base, requestId });
  });
}

function callers(key: string | undefined): CallerDirectory {
  return {
    async identify(authorization) {
      if (key === undefined) return { ...CALLER, authMethod: "none" };
      if (authorization === undefined)
        throw new AccessError("Authentication is required to access this application.", 401);
      if (authorization !== `Key ${key}`) throw new AccessError("invalid key credentials", 401);
      return { ...CALLER, authMethod: "key" };
    },
    async admit() {},
    async issueToken() {
      return "token";
    },
  };
}

export async function startFront(options: TinyFrontOptions = {}): Promise<RunningFront> {
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const surfaces = Object.fromEntries(
    SURFACES.map((surface) => [surface, options.surfaces?.[surface] ?? echoSurface(surface)]),
  ) as Record<Surface, SurfaceApp>;
  const front = createFront({
    surfaces,
    callers: callers(options.key),
    settings: {
      publicUrl: null,
      trustsProxy: false,
      corsOrigins: null,
      host: "127.0.0.1",
      ...options.settings,
    },
    logger,
    ...options.front,
  });
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    tls: null,
    fetch: front.fetch,
    logger,
    ...options.listen,
  });
  return { ...listener, log };
}
