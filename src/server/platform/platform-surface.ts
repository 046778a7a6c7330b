import { OpenAPIHono } from "@hono/zod-openapi";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { addAccountRoutes } from "./account-routes.js";
import { addModelRoutes } from "./models-routes.js";
import type { PlatformParts } from "./platform-parts.js";
import { addRequestRoutes } from "./request-routes.js";
import { addUsageRoutes } from "./usage-routes.js";
import { addWebhookRoutes } from "./webhook-routes.js";

/** api.fal.ai: catalogue, prices, usage, requests and webhooks, with their own OpenAPI at `/v1/openapi.json`. */
export function createPlatformSurface(parts: PlatformParts): SurfaceApp {
  const app = new OpenAPIHono<SurfaceEnvironment>();
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKeyAuth", {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: 'A key of this server: "Key id:secret".',
  });
  addModelRoutes(app, parts);
  addUsageRoutes(app, parts);
  addRequestRoutes(app, parts);
  addAccountRoutes(app, parts);
  addWebhookRoutes(app, parts);
  app.get("/v1/openapi.json", (context) =>
    context.json(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Platform API",
          version: parts.version,
          description:
            "What the server offers, what was used, and what it remembers. Usage, requests and deletion need a key with the scope `admin`, which sees all keys.",
        },
        servers: [{ url: context.var.request.base.site }],
        security: [{ apiKeyAuth: [] }],
      }),
    ),
  );
  return app;
}
