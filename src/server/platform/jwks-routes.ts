import { Hono } from "hono";
import type { PublicSigningKey } from "../../webhooks/index.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";

/** `/.well-known/jwks.json` of rest.fal.ai: the key by which receivers verify webhooks. */
export function createJwksRoutes(key: PublicSigningKey): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  app.get("/.well-known/jwks.json", (context) =>
    // Receivers may keep it for a day; an hour lets a new key arrive sooner.
    context.json({ keys: [key] }, 200, { "cache-control": "public, max-age=3600" }),
  );
  return app;
}
