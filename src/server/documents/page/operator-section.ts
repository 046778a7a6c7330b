import { html, prose } from "./html.js";
import { type CallDescription, callList, paragraphs, type Section, table } from "./page-parts.js";

/** One setting of the server, as `parlante serve --help` says it. */
export type SettingDescription = {
  readonly name: string;
  readonly meaning: string;
  readonly otherwise: string;
};

const PLATFORM_CALLS: readonly CallDescription[] = [
  { method: "GET", path: "/v1/models", does: "The model, `?expand=openapi-3.0` with its document." },
  { method: "GET", path: "/v1/models/pricing?endpoint_id=…", does: "Unit, unit price and currency." },
  { method: "POST", path: "/v1/models/pricing/estimate", does: "What so many seconds or calls would cost." },
  {
    method: "GET",
    path: "/v1/models/usage?start=…&end=…",
    does: "Seconds and cost over time, or their sum. Needs an admin key.",
  },
  {
    method: "GET",
    path: "/v1/models/requests/by-endpoint?endpoint_id=…",
    does: "Past requests; `?expand=payloads` with input and output.",
  },
  {
    method: "DELETE",
    path: "/v1/models/requests/{id}/payloads",
    does: "Forgets input, output and video of a request. Needs an admin key.",
  },
];

/** What platforms and dashboards ask. */
export function platformSection(): Section {
  return {
    id: "platform",
    title: "Platform API",
    body: html`${callList(PLATFORM_CALLS)}`,
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
