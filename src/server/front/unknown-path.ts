import type { Context } from "hono";
import { BadRequestError, NotFoundError, type ParlanteError } from "../../shared/errors.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** What is wrong with a request that no handler took: its path, or only its method. */
export function explainUnknown(app: SurfaceApp, context: Context<SurfaceEnvironment>): ParlanteError {
  const { path, method } = context.req;
  const allow = METHODS.filter((candidate) => isServed(app, candidate, path));
  if (allow.length === 0) return new NotFoundError(`Path ${path.slice(0, 500)} not found`);
  if (allow.includes("GET")) allow.push("HEAD");
  return new BadRequestError(
    `Method ${method} is not allowed for ${path.slice(0, 500)}; ${allow.join(", ")} would be.`,
    { context: { allow: [...allow, "OPTIONS"] } },
    "method_not_allowed",
    405,
  );
}

/** Whether there is a handler, not only one that all requests pass. */
function isServed(app: SurfaceApp, method: string, path: string): boolean {
  return app.router.match(method, path)[0].some(([[, route]]) => route.method === method);
}
