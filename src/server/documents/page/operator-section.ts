import { html, prose } from "./html.js";
import { call, paragraphs, type Section, table } from "./page-parts.js";

/** One setting of the server, as `parlante serve --help` says it. */
export type SettingDescription = {
  readonly name: string;
  readonly meaning: string;
  readonly otherwise: string;
};

const PLATFORM_CALLS: readonly (readonly [method: string, path: string, gives: string])[] = [
  ["GET", "/v1/models", "The model, `?expand=openapi-3.0` with its document."],
  ["GET", "/v1/models/pricing?endpoint_id=…", "Unit, unit price and currency."],
  ["POST", "/v1/models/pricing/estimate", "What so many seconds or calls would cost."],
  ["GET", "/v1/models/usage?start=…&end=…", "Seconds and cost over time, or their sum. Needs an admin key."],
  [
    "GET",
    "/v1/models/requests/by-endpoint?endpoint_id=…",
    "Past requests; `?expand=payloads` with input and output.",
  ],
  [
    "DELETE",
    "/v1/models/requests/{id}/payloads",
    "Forgets input, output and video of a request. Needs an admin key.",
  ],
];

/** What platforms and dashboards ask. */
export function platformSection(): Section {
  return {
    id: "platform",
    title: "Platform API",
    body: html`${table(
      "Calls",
      ["Call", "Gives"],
      PLATFORM_CALLS.map(([method, path, gives]) => [call(method, path), prose(gives)]),
    )}`,
  };
}

const OPERATIONS_CALLS: readonly (readonly [method: string, path: string, gives: string])[] = [
  ["GET", "/healthz", "200 as long as the process answers."],
  [
    "GET",
    "/readyz",
    "200 when database, migrations, queue and files are well, else 503; each check is listed. 503 also while it drains.",
  ],
  [
    "GET",
    "/metrics",
    "Prometheus metrics. With keys, an admin key is needed (`Authorization: Bearer …`), unless PARLANTE_METRICS_PUBLIC is set.",
  ],
];

/** For whoever runs the server. */
export function operatorSection(settings: readonly SettingDescription[]): Section {
  return {
    id: "operator",
    title: "Running it",
    body: html`${table(
      "Watching",
      ["Call", "Gives"],
      OPERATIONS_CALLS.map(([method, path, gives]) => [call(method, path), prose(gives)]),
    )}
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
