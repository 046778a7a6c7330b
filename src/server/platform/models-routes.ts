import { z } from "@hono/zod-openapi";
import { InputError, NotFoundError } from "../../shared/errors.js";
import { documentAddresses } from "../documents/model-facts.js";
import type { PublicBase } from "../public-base.js";
import { CATALOGUE, type CatalogueModel, findModel } from "./catalogue.js";
import { addRoute, answers, type PlatformApp, type Route } from "./documented.js";
import { cutPage, listOf, pageParameters, pageRange, readJson, readQuery } from "./parameters.js";
import type { PlatformParts } from "./platform-parts.js";
import { averageCost } from "./usage-report.js";

const EXPANSIONS = ["openapi-3.0", "enterprise_status"] as const;

const modelsQuery = z.object({
  endpoint_id: listOf(z.string()).optional(),
  q: z.string().max(200).optional(),
  category: z.string().max(100).optional(),
  status: z.enum(["active", "deprecated"]).optional(),
  expand: listOf(z.enum(EXPANSIONS)).default([]),
  ...pageParameters({ usual: 50, max: 100 }),
});

const pricingQuery = z.object({ endpoint_id: listOf(z.string()) });

const quantity = z.number().min(0).max(1e9);
/** Either kind of estimate; which fields the endpoints need is told by the kind. */
const estimateBody = z.discriminatedUnion("estimate_type", [
  z.object({
    estimate_type: z.literal("unit_price"),
    endpoints: z.record(z.string(), z.object({ unit_quantity: quantity })),
  }),
  z.object({
    estimate_type: z.literal("historical_api_price"),
    endpoints: z.record(z.string(), z.object({ call_quantity: quantity })),
  }),
]);

/** The catalogue and what its models cost: for everybody. */
export function addModelRoutes(app: PlatformApp, parts: PlatformParts): void {
  addCatalogue(app, parts);
  addPricing(app, parts);
  addEstimate(app, parts);
}

function addCatalogue(app: PlatformApp, { openApi }: PlatformParts): void {
  const route: Route = {
    method: "get",
    path: "/v1/models",
    tags: ["Models"],
    summary: "Find models",
    security: [],
    request: { query: modelsQuery },
    responses: answers("The models that fit.", z.object({ models: z.array(z.looseObject({})) })),
  };
  addRoute(app, route, (context) => {
    const query = readQuery(context, modelsQuery);
    const { base } = context.var.request;
    const { offset, take } = pageRange(query);
    const found = CATALOGUE.filter((model) => fits(model, query)).slice(offset, offset + take);
    const { shown, ...page } = cutPage(found, query);
    const models = shown.map((model) => ({
      ...showModel(model, base),
      ...(query.expand.includes("openapi-3.0") ? { openapi: openApi(base) } : {}),
      ...(query.expand.includes("enterprise_status") ? { enterprise_status: "ready" } : {}),
    }));
    return context.json({ models, ...page });
  });
}

function fits(model: CatalogueModel, query: z.output<typeof modelsQuery>): boolean {
  const { endpointId, displayName, description, category, tags } = model;
  const words = [endpointId, displayName, description, category, ...tags].join("\n").toLowerCase();
  return (
    (query.endpoint_id === undefined || query.endpoint_id.includes(endpointId)) &&
    (query.category === undefined || query.category === category) &&
    query.status !== "deprecated" &&
    (query.q ?? "")
      .toLowerCase()
      .split(/\s+/)
      .every((word) => words.includes(word))
  );
}

function showModel(model: CatalogueModel, base: PublicBase) {
  return {
    endpoint_id: model.endpointId,
    metadata: {
      display_name: model.displayName,
      category: model.category,
      description: model.description,
      status: "active",
      tags: model.tags,
      updated_at: model.updatedAt,
      is_favorited: null,
      // There is no picture of it here.
      thumbnail_url: "",
      model_url: `${documentAddresses(base).run}/${model.endpointId}`,
      date: model.date,
      highlighted: false,
      pinned: false,
    },
  };
}

function addPricing(app: PlatformApp, { pricePerSecond }: PlatformParts): void {
  const route: Route = {
    method: "get",
    path: "/v1/models/pricing",
    tags: ["Models"],
    summary: "What models cost",
    security: [],
    request: { query: pricingQuery },
    responses: answers("A price per model.", z.object({ prices: z.array(z.looseObject({})) })),
  };
  addRoute(app, route, (context) => {
    const { endpoint_id: ids } = readQuery(context, pricingQuery);
    for (const id of ids) assertKnown(id);
    const prices = [...new Set(ids)].map((endpoint_id) => ({
      ...{ endpoint_id, unit_price: pricePerSecond, unit: "seconds", currency: "USD" },
    }));
    return context.json({ prices, next_cursor: null, has_more: false });
  });
}

function addEstimate(app: PlatformApp, { database, pricePerSecond }: PlatformParts): void {
  const route: Route = {
    method: "post",
    path: "/v1/models/pricing/estimate",
    tags: ["Models"],
    summary: "What some work would cost",
    description: "By units (seconds of video), or by calls at the average price of past ones on this server.",
    request: { body: { required: true, content: { "application/json": { schema: estimateBody } } } },
    responses: answers("The estimate.", z.object({ total_cost: z.number(), currency: z.literal("USD") })),
  };
  addRoute(app, route, async (context) => {
    await context.var.request.authenticate("run");
    const body = await readJson(context, estimateBody);
    if (Object.keys(body.endpoints).length === 0)
      throw new InputError("sequence_too_short", "Name at least one model", {
        field: ["endpoints"],
        context: { min_length: 1 },
      });
    let total = 0;
    for (const [id, amounts] of Object.entries(body.endpoints)) {
      assertKnown(id);
      total +=
        "unit_quantity" in amounts
          ? amounts.unit_quantity * pricePerSecond
          : amounts.call_quantity * (await pastPrice(id));
    }
    return context.json({
      estimate_type: body.estimate_type,
      total_cost: Math.round(total * 1e6) / 1e6,
      currency: "USD",
    });
  });

  async function pastPrice(id: string): Promise<number> {
    const cost = await averageCost(database, id);
    if (cost === null)
      throw new NotFoundError(
        `There were no calls of "${id}" yet to estimate from. Use "estimate_type": "unit_price".`,
      );
    return cost;
  }
}

function assertKnown(id: string): void {
  if (findModel(id) === undefined)
    throw new NotFoundError(`Model "${id.slice(0, 200)}" is not served here. GET /v1/models lists what is.`);
}
