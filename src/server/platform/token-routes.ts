import { z } from "@hono/zod-openapi";
import { Hono } from "hono";
import type { CallerDirectory } from "../../keys/index.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import { readJson } from "./parameters.js";

/** Seconds for which a token may work at most. */
const LONGEST_LIFETIME = 3600;

const tokenBody = z.object({
  allowed_apps: z.array(z.string().max(200)).min(1).max(50).optional(),
  token_expiration: z.number().int().min(1).max(LONGEST_LIFETIME).default(120),
});

/** `POST /tokens/` of rest.fal.ai: a JSON string that lets a browser make videos for a while, without the key. */
export function createTokenRoutes(callers: Pick<CallerDirectory, "issueToken">): SurfaceApp {
  const app: SurfaceApp = new Hono<SurfaceEnvironment>();
  for (const path of ["/tokens", "/tokens/"])
    app.post(path, async (context) => {
      const caller = await context.var.request.authenticate("run");
      const { token_expiration: lifetime } = await readJson(context, tokenBody);
      return context.json(await callers.issueToken(caller, lifetime), 200, { "cache-control": "no-store" });
    });
  return app;
}
