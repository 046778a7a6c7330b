import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { BadRequestError, NotFoundError } from "../../shared/errors.js";
import type { Operations } from "../operations/operations.js";
import type { SurfaceApp, SurfaceEnvironment } from "../surface.js";
import type { Documents } from "./documents.js";
import { PAGE_POLICY } from "./page/api-page.js";

/** What the surface `site` is made from. */
export type SiteSurfaceOptions = { readonly documents: Documents; readonly operations: Operations };

type SiteContext = Context<SurfaceEnvironment>;

/**
 * What fal.ai shows of a model, and what only we have: the documents of the API, health, readiness and metrics.
 * Everything but `/metrics` is for everybody.
 */
export function createSiteSurface({ documents, operations }: SiteSurfaceOptions): SurfaceApp {
  const { modelId } = documents;
  const site: SurfaceApp = new Hono<SurfaceEnvironment>();

  const page = (context: SiteContext): Response =>
    document(context, documents.apiPage(context.var.request.base), "text/html; charset=utf-8", {
      "content-security-policy": PAGE_POLICY,
      "referrer-policy": "no-referrer",
    });
  for (const path of ["/", "/docs", `/models/${modelId}`, `/models/${modelId}/api`]) site.get(path, page);

  const openApi = (context: SiteContext): Response => {
    const text = JSON.stringify(documents.openApi(context.var.request.base), null, 2);
    return document(context, text, "application/json; charset=utf-8");
  };
  site.get("/openapi.json", openApi);
  site.get("/api/openapi/queue/openapi.json", (context) => {
    const id = context.req.query("endpoint_id");
    if (id === undefined)
      throw new BadRequestError(`Name the model: ?endpoint_id=${modelId}.`, { field: ["endpoint_id"] });
    assertKnown(id, modelId);
    return openApi(context);
  });

  const markdown = (context: SiteContext): Response =>
    document(context, documents.llmsText(context.var.request.base), "text/markdown; charset=utf-8");
  site.get(`/models/${modelId}/llms.txt`, markdown);
  site.get("/llms.txt", markdown);
  site.get("/models/*", (context) => {
    assertKnown(context.req.path.slice("/models/".length).replace(/\/(?:api|llms\.txt)$/, ""), modelId);
    throw new NotFoundError("There is no such page; /docs has everything.");
  });

  addOperations(site, operations);
  return site;
}

function addOperations(site: SurfaceApp, operations: Operations): void {
  const fresh = { "cache-control": "no-store" };
  site.get("/healthz", (context) => context.json({ status: "ok", version: operations.version }, 200, fresh));
  site.get("/readyz", async (context) => {
    const readiness = await operations.readiness();
    return context.json(readiness, readiness.status === "ready" ? 200 : 503, fresh);
  });
  site.get("/metrics", async (context) => {
    if (!operations.metricsArePublic) await context.var.request.authenticate("admin");
    const { contentType, text } = await operations.metrics();
    return context.body(text, 200, { ...fresh, "content-type": contentType });
  });
}

function assertKnown(id: string, modelId: string): void {
  if (id !== modelId)
    throw new NotFoundError(`Model "${id.slice(0, 200)}" is not served here; "${modelId}" is.`);
}

/** A document, with a tag by which a reader that has it already is told so. */
function document(
  context: SiteContext,
  text: string,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 27)}"`;
  const shared = {
    ...headers,
    etag,
    // The addresses in it are those that this caller used.
    "cache-control": "private, no-cache",
    "x-content-type-options": "nosniff",
  };
  const known = context.req.header("if-none-match")?.split(",");
  if (known?.some((tag) => tag.trim().replace(/^W\//, "") === etag)) return context.body(null, 304, shared);
  return context.body(text, 200, { ...shared, "content-type": contentType });
}
