import { BadRequestError, NotFoundError } from "../../shared/errors.js";
import { MODEL_APP, MODEL_SUB_PATH } from "./model.js";

/** First segments that stand before owner and alias. */
const NAMESPACES = new Set(["workflows", "comfy"]);

/** An endpoint as it is written in a URL. */
export type EndpointPath = {
  /** `owner/alias`, with the namespace where there is one. */
  readonly app: string;
  readonly alias: string;
  /** What follows, without slashes around it; empty when nothing does. */
  readonly subPath: string;
};

/** The parts of a path between its slashes. */
export function pathSegments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/**
 * Splits an endpoint as fal's clients do.
 *
 * @returns null when there are not even an owner and an alias
 */
export function parseEndpointPath(segments: readonly string[]): EndpointPath | null {
  const ownerAt = NAMESPACES.has(segments[0] ?? "") ? 1 : 0;
  const alias = segments[ownerAt + 1];
  if (alias === undefined) return null;
  return {
    app: segments.slice(0, ownerAt + 2).join("/"),
    alias,
    subPath: segments.slice(ownerAt + 2).join("/"),
  };
}

/** What to answer about an endpoint that is not ours, in fal's words. */
export function unknownEndpoint(segments: readonly string[]): NotFoundError {
  const endpoint = parseEndpointPath(segments);
  if (endpoint?.app === MODEL_APP) {
    const inside = endpoint.subPath.startsWith(`${MODEL_SUB_PATH}/`)
      ? endpoint.subPath.slice(MODEL_SUB_PATH.length)
      : `/${endpoint.subPath}`;
    return new NotFoundError(`Path ${inside} not found`);
  }
  return new NotFoundError(`Application "${endpoint?.alias ?? segments.join("/")}" not found`);
}

/** What to answer when the path is right and the method is not. */
export function wrongMethod(allow: readonly string[]): BadRequestError {
  return new BadRequestError("Method Not Allowed", { context: { allow } }, "method_not_allowed", 405);
}
