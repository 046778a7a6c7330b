import type { OpenAPIHono, RouteConfig, z } from "@hono/zod-openapi";
import type { Handler } from "hono";
import type { SurfaceEnvironment } from "../surface.js";

/** The app of this surface: it also knows how its routes are documented. */
export type PlatformApp = OpenAPIHono<SurfaceEnvironment>;

/** How a route is documented. */
export type Route = RouteConfig & { readonly path: `/${string}` };

/** A route with its place in `/v1/openapi.json`. Parameters are checked by the handler, with our own wording. */
export function addRoute(app: PlatformApp, route: Route, handler: Handler<SurfaceEnvironment>): void {
  app.openAPIRegistry.registerPath(route);
  app.on(route.method, route.path.replace(/\{(\w+)\}/g, ":$1"), handler);
}

/** A JSON answer in a route's documentation. */
export function answers(description: string, schema: z.ZodType): RouteConfig["responses"] {
  return {
    200: { description, content: { "application/json": { schema } } },
    401: { description: "No key, or a wrong one." },
    403: { description: "The key lacks the scope that this needs." },
    422: { description: "A parameter cannot be used; `detail` names it." },
  };
}
