import { z } from "@hono/zod-openapi";
import { addRoute, answers, type PlatformApp, type Route } from "./documented.js";
import { listOf, readQuery } from "./parameters.js";
import type { PlatformParts } from "./platform-parts.js";
import { identifyAny } from "./who-asks.js";

const billingQuery = z.object({ expand: listOf(z.enum(["credits"])).default([]) });

type Account = { name: string; spent: number; budget: number | null };

/** About the server, and about the caller's own key. */
export function addAccountRoutes(
  app: PlatformApp,
  { database, version, webhookIpRanges }: PlatformParts,
): void {
  const meta: Route = {
    method: "get",
    path: "/v1/meta",
    tags: ["Server"],
    summary: "About this server",
    description:
      "`webhook_ip_ranges` is empty unless the operator has told from which networks webhooks leave: verify their signature, not their source.",
    security: [],
    responses: answers(
      "About this server.",
      z.object({ version: z.string(), webhook_ip_ranges: z.array(z.string()), webhook_jwks_url: z.string() }),
    ),
  };
  addRoute(app, meta, (context) =>
    context.json({
      version,
      webhook_ip_ranges: webhookIpRanges ?? [],
      webhook_jwks_url: `${context.var.request.base.rest}/.well-known/jwks.json`,
    }),
  );

  const billing: Route = {
    method: "get",
    path: "/v1/account/billing",
    tags: ["Account"],
    summary: "What this key has spent",
    description:
      "`credits`: what is left of the key's budget, in US dollars; null without a budget. Every key sees itself.",
    request: { query: billingQuery },
    responses: answers("The caller's account.", z.looseObject({ username: z.string() })),
  };
  addRoute(app, billing, async (context) => {
    const caller = await identifyAny(context.var.request);
    const { expand } = readQuery(context, billingQuery);
    const [account] = await database.query<Account>(
      "select name, spent_usd as spent, budget_usd as budget from keys where id = $1",
      [caller.keyId],
    );
    const { name, spent, budget } = account!;
    return context.json({
      username: name,
      spent,
      budget,
      currency: "USD",
      ...(expand.includes("credits")
        ? {
            credits: {
              current_balance: budget === null ? null : Math.max(0, Math.round((budget - spent) * 1e6) / 1e6),
              currency: "USD",
            },
          }
        : {}),
    });
  });
}
