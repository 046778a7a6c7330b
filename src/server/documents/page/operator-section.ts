import { html, prose } from "./html.js";
import { type CallDescription, callList, paragraphs, type Section, table } from "./page-parts.js";

/** One setting of the server, as `parlante serve --help` says it. */
export type SettingDescription = {
  readonly name: string;
  readonly meaning: string;
  readonly otherwise: string;
};

const PLATFORM_CALLS: readonly CallDescription[] = [
  { method: "GET", path: "/v1/models", does: "The model; with `?expand=openapi-3.0` also its document." },
  { method: "GET", path: "/v1/models/pricing?endpoint_id=…", does: "Unit, unit price and currency." },
  {
    method: "POST",
    path: "/v1/models/pricing/estimate",
    does: "What so many seconds would cost, or so many calls judging by earlier ones.",
  },
  {
    method: "GET",
    path: "/v1/models/usage?start=…&end=…",
    does: "Seconds and cost over time, or their sum.",
    answer: "Needs an admin key.",
  },
  {
    method: "GET",
    path: "/v1/models/requests/by-endpoint?endpoint_id=…",
    does: "Past requests; with `?expand=payloads` also what went in and came out.",
    answer: "Needs an admin key.",
  },
  {
    method: "DELETE",
    path: "/v1/models/requests/{request_id}/payloads",
    does: "Forgets input, output and video of a request.",
    answer: "Needs an admin key.",
  },
  {
    method: "GET",
    path: "/v1/webhooks/deliveries",
    does: "What was delivered, what still waits, and how each attempt went.",
  },
  { method: "POST", path: "/v1/webhooks/deliveries/{id}/redeliver", does: "Delivers once more." },
  { method: "GET", path: "/v1/account/billing", does: "What was spent, and what is left of the budget." },
  { method: "GET", path: "/v1/meta", does: "Facts about the server." },
];

/** What platforms and dashboards ask. */
export function platformSection(): Section {
  return {
    id: "platform",
    title: "Platform API",
    body: html`${callList(PLATFORM_CALLS)}
${paragraphs("`/v1/openapi.json` describes these calls with all their parameters.")}`,
  };
}

const OPERATIONS_CALLS: readonly CallDescription[] = [
  { method: "GET", path: "/healthz", does: "200 as long as the process answers." },
  {
    method: "GET",
    path: "/readyz",
    does: "200 when database, migrations, queue and files are well, else 503; each check is listed. 503 also while it drains.",
  },
  {
    method: "GET",
    path: "/metrics",
    does: "Prometheus metrics. With keys, an admin key is needed (`Authorization: Bearer …`), unless PARLANTE_METRICS_PUBLIC is set.",
  },
];

/** For whoever runs the server. */
export function operatorSection(settings: readonly SettingDescription[]): Section {
  return {
    id: "operator",
    title: "Running it",
    body: html`${callList(OPERATIONS_CALLS)}
${paragraphs("`parlante doctor` checks the machine and the settings, and says how to mend what is wrong.")}
<h3 id="settings">Settings</h3>
${paragraphs("Variables of the environment, read once at the start.")}
${table(
  "Settings",
  ["Variable", "Means", "Without it"],
  settings.map(({ name, meaning, otherwise }) => [
    html`<code>${name}</code>`,
    prose(meaning || "As the AWS SDK has it."),
    prose(otherwise),
  ]),
)}`,
  };
}
