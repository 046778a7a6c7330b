import { createHash } from "node:crypto";
import type { SampleTarget } from "../code-samples.js";
import type { InputField } from "../input-fields.js";
import { MODEL_FACTS } from "../model-facts.js";
import { errorSection } from "./error-section.js";
import { filesSection, webhookSection } from "./files-section.js";
import { Html, html } from "./html.js";
import { inputSection, outputSection } from "./input-section.js";
import { ICON, LOGO } from "./logo.js";
import { operatorSection, platformSection, type SettingDescription } from "./operator-section.js";
import type { Section } from "./page-parts.js";
import { PAGE_STYLE } from "./page-style.js";
import { queueSection } from "./queue-section.js";
import { startSection } from "./start-section.js";

/** What the page is made from. */
export type ApiPageInput = SampleTarget & {
  readonly fields: readonly InputField[];
  readonly voices: readonly string[];
  readonly pricePerSecond: number;
  readonly settings: readonly SettingDescription[];
  /** Of the program. */
  readonly version: string;
};

/**
 * `Content-Security-Policy` of the page: it loads nothing and runs nothing. Its one style is known by its hash, so
 * that nothing which found its way into the page could do anything.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(PAGE_STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The whole documentation as one page without scripts and without anything from elsewhere. */
export function apiPage(input: ApiPageInput): string {
  const { modelId, addresses, fields, voices, pricePerSecond, settings, version } = input;
  const sections: readonly Section[] = [
    startSection(input),
    inputSection(fields, voices),
    outputSection(addresses.files, pricePerSecond),
    queueSection(input),
    filesSection(input),
    webhookSection(input),
    errorSection(),
    platformSection(),
    operatorSection(settings),
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Parlante: ${modelId}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="A photo and a sentence in, a lip-synced video out: the API of this server.">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${ICON}">
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<div class="page">
<nav aria-label="Chapters"><a class="brand" href="#top">${LOGO}<span>Parlante</span></a>
<ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main">
<header id="top">
<p class="kind">${MODEL_FACTS.kind} · ${MODEL_FACTS.category}</p>
<h1>A photo and a sentence in,<br>a talking video out.</h1>
<p class="lead">This is Parlante, a self-hosted server that speaks the protocol of <code>${modelId}</code>. Unmodified clients of that model work with it.</p>
<dl class="facts">
<div><dt>Endpoint</dt><dd><code>${addresses.run}/${modelId}</code></dd></div>
<div><dt>Queue</dt><dd><code>${addresses.queue}</code></dd></div>
<div><dt>Machine-readable</dt><dd><a href="${addresses.site}/api/openapi/queue/openapi.json?endpoint_id=${modelId}">OpenAPI</a> · <a href="${addresses.site}/models/${modelId}/llms.txt">llms.txt</a></dd></div>
<div><dt>Version</dt><dd>${version}</dd></div>
</dl>
</header>
${sections.map(
  ({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><a href="#${id}">${title}</a></h2>
${body}
</section>
`,
)}<footer><p>Parlante ${version}. This page was made by the server itself, from the schema that requests are checked with.</p></footer>
</main>
</div>
</body>
</html>
`.text;
}
