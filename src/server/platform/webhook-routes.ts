import { z } from "@hono/zod-openapi";
import type { Caller } from "../../keys/index.js";
import { NotFoundError } from "../../shared/errors.js";
import type { LoggedDelivery } from "../../webhooks/index.js";
import { addRoute, answers, type PlatformApp, type Route } from "./documented.js";
import { cutPage, pageParameters, pageRange, readQuery } from "./parameters.js";
import type { PlatformParts } from "./platform-parts.js";
import { identifyAny } from "./who-asks.js";

const deliveriesQuery = z.object({
  request_id: z.guid().optional(),
  ...pageParameters({ usual: 50, max: 100 }),
});

/** A key sees what was delivered for it; the scope `admin` sees everything. */
const visibleTo = (caller: Caller) => (caller.scopes.includes("admin") ? null : caller.keyId);

/** The log of webhooks, which only this server has. */
export function addWebhookRoutes(app: PlatformApp, { webhooks }: PlatformParts): void {
  const list: Route = {
    method: "get",
    path: "/v1/webhooks/deliveries",
    tags: ["Webhooks"],
    summary: "What happened to webhooks",
    description: "Newest first, with every attempt; kept for 30 days.",
    request: { query: deliveriesQuery },
    responses: answers("Deliveries.", z.object({ deliveries: z.array(z.looseObject({ id: z.string() })) })),
  };
  addRoute(app, list, async (context) => {
    const caller = await identifyAny(context.var.request);
    const query = readQuery(context, deliveriesQuery);
    const { offset, take } = pageRange(query);
    const filter = { requestId: query.request_id ?? null, keyId: visibleTo(caller) };
    const { shown, ...page } = cutPage(await webhooks.list(filter, { offset, limit: take }), query);
    return context.json({ deliveries: shown.map(showDelivery), ...page });
  });

  const redeliver: Route = {
    method: "post",
    path: "/v1/webhooks/deliveries/{id}/redeliver",
    tags: ["Webhooks"],
    summary: "Send a webhook again",
    request: { params: z.object({ id: z.guid() }) },
    responses: answers("It will be sent.", z.object({ id: z.string(), state: z.literal("pending") })),
  };
  addRoute(app, redeliver, async (context) => {
    const caller = await identifyAny(context.var.request);
    const id = context.req.param("id") ?? "";
    if (!(await webhooks.redeliver(id, visibleTo(caller)))) throw new NotFoundError("Delivery not found");
    return context.json({ id, state: "pending" });
  });
}

function showDelivery(delivery: LoggedDelivery) {
  return {
    id: delivery.id,
    request_id: delivery.requestId,
    url: delivery.url,
    state: delivery.state,
    created_at: delivery.createdAt.toISOString(),
    ended_at: delivery.endedAt?.toISOString() ?? null,
    attempts: delivery.attempts.map((attempt) => ({
      attempt: attempt.attempt,
      at: attempt.at.toISOString(),
      status_code: attempt.statusCode,
      error: attempt.error,
      seconds: attempt.seconds,
    })),
  };
}
