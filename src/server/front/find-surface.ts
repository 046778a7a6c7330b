import { BadRequestError } from "../../shared/errors.js";
import { type FalName, isFalName } from "../../shared/fal-names.js";
import type { Surface } from "../surface.js";

/** Where a request belongs: a surface, and the path there. */
export type Destination = { readonly surface: Surface; readonly path: string };

/** Where the client proxy protocol is spoken: the real target is in a header. */
export const PROXY_PATH = "/api/fal/proxy";

const SURFACE_OF_NAME: Readonly<Record<FalName, Surface>> = {
  "fal.run": "run",
  "falrun.com": "run",
  "queue.fal.run": "queue",
  "queue.falrun.com": "queue",
  "rest.fal.ai": "rest",
  "rest.alpha.fal.ai": "rest",
  "v3.fal.media": "files",
  "v3b.fal.media": "files",
  "api.fal.ai": "platform",
  "fal.ai": "site",
};

/** First segments of our own paths. With `cut`, the segment names the surface and is no part of the path there. */
const BY_FIRST_SEGMENT: Readonly<Record<string, { surface: Surface; cut?: true }>> = {
  run: { surface: "run", cut: true },
  queue: { surface: "queue", cut: true },
  rest: { surface: "rest", cut: true },
  storage: { surface: "rest" },
  tokens: { surface: "rest" },
  files: { surface: "files" },
  v1: { surface: "platform" },
  api: { surface: "site" },
  models: { surface: "site" },
  docs: { surface: "site" },
};

/** Owners of apps whose paths stand bare on the main address. */
const APP_OWNERS = new Set(["fal-ai", "workflows", "comfy"]);

/**
 * Where a request belongs by the name of the host and the path.
 *
 * @param name - host name in lower case, without port
 * @param path - as in the URL, beginning with a slash
 */
export function findSurface(name: string, method: string, path: string): Destination {
  if (isFalName(name)) return { surface: SURFACE_OF_NAME[name], path };
  const [, first = "", ...rest] = path.split("/");
  const own = Object.hasOwn(BY_FIRST_SEGMENT, first) ? BY_FIRST_SEGMENT[first]! : null;
  if (own !== null) return { surface: own.surface, path: own.cut ? `/${rest.join("/")}` : path };
  // On the hosted service the keys for webhooks are at rest.fal.ai.
  if (path === "/.well-known/jwks.json") return { surface: "rest", path };
  const isApp = APP_OWNERS.has(first) || (method === "POST" && rest.length > 0 && !first.startsWith("."));
  if (!isApp) return { surface: "site", path };
  // FAL_RUN_HOST=localhost:8443 alone makes the Python client ask queue.localhost:8443.
  const isQueue = name.startsWith("queue.") || rest.includes("requests");
  return { surface: isQueue ? "queue" : "run", path };
}

/** Where a request of the client proxy protocol belongs, with the query of its target. */
export type ProxyDestination = Destination & { readonly search: string };

const TARGET = /^https:\/\/([a-z0-9.-]+)([/?][!#$&-;=?-[\]_a-z~A-Z%]*)?$/i;

/**
 * Reads the header `x-fal-target-url` of the client proxy protocol. Nothing is ever fetched from there: it only says
 * which of our surfaces is meant.
 *
 * @throws {@link BadRequestError} "Invalid request", as the official proxy says, when it is not an address of fal
 */
export function readProxyTarget(target: string | undefined): ProxyDestination {
  const name = TARGET.exec(target ?? "")?.[1]?.toLowerCase();
  if (name === undefined || !isFalName(name)) throw new BadRequestError("Invalid request");
  const url = new URL(target!);
  return { surface: SURFACE_OF_NAME[name], path: url.pathname, search: url.search };
}
