import { AccessError } from "../../shared/errors.js";
import type { Surface } from "../surface.js";
import { isLoopbackName } from "./loopback.js";

/** What scripts of web pages may see besides the usual headers. */
const EXPOSED = [
  "x-fal-request-id",
  "x-fal-billable-units",
  "x-fal-served-from",
  "x-fal-error-type",
  "x-fal-retryable",
  "x-fal-needs-retry",
  "x-fal-request-timeout-type",
  "x-fal-runner-hints",
  "retry-after",
  "allow",
  "accept-ranges",
  "content-disposition",
  "content-length",
  "content-range",
  "etag",
].join(", ");
const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;

/** Which web pages may call. */
export type OriginRules = {
  /** Origins that the operator has named, `*` for all; null: all when keys are needed, else those of this machine. */
  readonly allowed: readonly string[] | null;
  readonly isKeyless: boolean;
};

/** What the caller's browser says about the page that calls, and what it is told about it. */
export type OriginDecision = {
  /** For `Access-Control-Allow-Origin`; null: pages of that origin may not read the answer. */
  readonly allow: string | null;
  readonly isPreflight: boolean;
};

/**
 * Decides about the web page that calls.
 *
 * @throws {@link AccessError} 403 when it could do something here by only asking: without keys nothing else protects
 */
export function decideOrigin(
  headers: Headers,
  method: string,
  surface: Surface,
  rules: OriginRules,
): OriginDecision {
  const origin = headers.get("origin");
  const isPreflight = method === "OPTIONS" && origin !== null && headers.has("access-control-request-method");
  // Files are public to whoever knows their names; players and canvases of any page may show them.
  if (surface === "files") {
    const wanted = isPreflight ? headers.get("access-control-request-method")! : method;
    if (wanted === "GET" || wanted === "HEAD") return { allow: "*", isPreflight };
  }
  if (origin === null) return { allow: null, isPreflight };
  const allow = allowedOrigin(origin, surface, rules);
  if (allow === null && rules.isKeyless && !isPreflight)
    throw new AccessError(
      `This server has no keys, so web pages of ${origin.slice(0, 100)} may not call it. Make a key with "parlante keys create --name me", or name the origin in PARLANTE_CORS_ORIGINS.`,
      403,
    );
  return { allow, isPreflight };
}

function allowedOrigin(origin: string, surface: Surface, { allowed, isKeyless }: OriginRules): string | null {
  if (allowed?.includes(origin)) return origin;
  if (isKeyless) return isLoopbackOrigin(origin) ? origin : null;
  return surface === "files" || allowed === null || allowed.includes("*") ? "*" : null;
}

function isLoopbackOrigin(origin: string): boolean {
  try {
    const url = new URL(origin);
    return (url.protocol === "http:" || url.protocol === "https:") && isLoopbackName(url.hostname);
  } catch {
    return false;
  }
}

/** The headers with which a browser lets the page have the answer. */
export function originHeaders({ allow }: OriginDecision): Record<string, string> {
  if (allow === null) return {};
  return {
    "access-control-allow-origin": allow,
    "access-control-expose-headers": EXPOSED,
    ...(allow === "*" ? {} : { vary: "origin" }),
  };
}

/** The answer to a browser that asks before it calls. */
export function answerPreflight(headers: Headers, decision: OriginDecision): Response {
  if (decision.allow === null) return new Response(null, { status: 204, headers: { vary: "origin" } });
  const asked = headers.get("access-control-request-headers") ?? "";
  return new Response(null, {
    status: 204,
    headers: {
      ...originHeaders(decision),
      "access-control-allow-methods": METHODS,
      ...(HEADER_NAMES.test(asked) ? { "access-control-allow-headers": asked } : {}),
      ...(headers.get("access-control-request-private-network") === "true"
        ? { "access-control-allow-private-network": "true" }
        : {}),
      "access-control-max-age": "7200",
      vary: "origin, access-control-request-headers",
    },
  });
}
