import { z } from "@hono/zod-openapi";
import { addRoute, answers, type PlatformApp, type Route } from "./documented.js";
import { cutPage, listOf, pageParameters, pageRange, readQuery } from "./parameters.js";
import { deletePayloads } from "./payload-deletion.js";
import type { PlatformParts } from "./platform-parts.js";
import { HISTORY_STATUSES, readHistory } from "./request-history.js";
import { rangeParameters, readRange } from "./usage-routes.js";

const historyQuery = z.object({
  endpoint_id: listOf(z.string()).optional(),
  request_id: listOf(z.guid()).optional(),
  ...rangeParameters,
  status: z.enum(HISTORY_STATUSES).optional(),
  expand: listOf(z.enum(["payloads", "billing"])).default([]),
  sort_by: z.enum(["ended_at", "duration"]).default("ended_at"),
  ...pageParameters({ usual: 50, max: 100 }),
});

/** What was asked of the server, and how to make it forget: needs the scope `admin`, which sees all keys. */
export function addRequestRoutes(app: PlatformApp, parts: PlatformParts): void {
  addHistory(app, parts);
  addDeletion(app, parts);
}

function addHistory(app: PlatformApp, { database, files, now = () => new Date() }: PlatformParts): void {
  const route: Route = {
    method: "get",
    path: "/v1/models/requests/by-endpoint",
    tags: ["Requests"],
    summary: "Ended requests",
    description:
      "Of all keys, latest first. `user_error` is a 4xx, `error` a 5xx. `duration` is in seconds, from the beginning of the work.",
    request: { query: historyQuery },
    responses: answers(
      "Requests that ended in the range.",
      z.object({
        items: z.array(z.looseObject({})),
        next_cursor: z.string().nullable(),
        has_more: z.boolean(),
      }),
    ),
  };
  addRoute(app, route, async (context) => {
    await context.var.request.authenticate("admin");
    const query = readQuery(context, historyQuery);
    const withPayloads = query.expand.includes("payloads");
    const rows = await readHistory(
      database,
      {
        ...readRange(query, now()),
        endpoints: query.endpoint_id ?? null,
        requestIds: query.request_id ?? null,
        status: query.status ?? null,
        sortBy: query.sort_by,
        withPayloads,
      },
      pageRange(query),
    );
    const { shown, ...page } = cutPage(rows, query);
    const items = shown.map((row) => ({
      request_id: row.id,
      endpoint_id: row.endpoint,
      started_at: (row.startedAt ?? row.createdAt).toISOString(),
      sent_at: row.createdAt.toISOString(),
      ended_at: row.endedAt.toISOString(),
      status_code: row.statusCode,
      duration: row.duration ?? 0,
      ...(withPayloads ? { json_input: row.input, json_output: row.output } : {}),
      ...(query.expand.includes("billing") ? { billable_units: row.billableUnits } : {}),
    }));
    return context.json({ items: await files.withUrls(items, context.var.request.base.files), ...page });
  });
}

function addDeletion(app: PlatformApp, parts: PlatformParts): void {
  const route: Route = {
    method: "delete",
    path: "/v1/models/requests/{request_id}/payloads",
    tags: ["Requests"],
    summary: "Forget what a request said and made",
    description:
      "Deletes the stored JSON, the generated files, and the payload kept for its webhook. Uploaded inputs stay. The same Idempotency-Key within ten minutes gives the same answer again.",
    request: {
      params: z.object({ request_id: z.guid() }),
      headers: z.object({ "idempotency-key": z.string().max(255).optional() }),
    },
    responses: answers(
      "What became of each file.",
      z.object({
        cdn_delete_results: z.array(z.object({ link: z.string(), exception: z.string().nullable() })),
      }),
    ),
  };
  addRoute(app, route, async (context) => {
    const { request } = context.var;
    const caller = await request.authenticate("admin");
    const results = await deletePayloads(parts, {
      requestId: context.req.param("request_id") ?? "",
      keyId: caller.keyId,
      idempotencyKey: context.req.header("idempotency-key")?.trim() || null,
      fileBase: request.base.files,
    });
    return context.json({ cdn_delete_results: results });
  });
}
