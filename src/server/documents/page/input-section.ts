import type { InputField } from "../input-fields.js";
import { extraOutputFields, MODEL_FACTS, SAMPLE_INPUT, sampleOutput } from "../model-facts.js";
import { type Html, html, prose } from "./html.js";
import { jsonBlock, paragraphs, type Section, table } from "./page-parts.js";

/** Every input with what it may be. */
export function inputSection(fields: readonly InputField[], voices: readonly string[]): Section {
  return {
    id: "input",
    title: "Input",
    body: html`${paragraphs(
      "A JSON object, whatever the content type says. Only the photo is required; fields that are not in this list are ignored.",
    )}
<dl class="fields">${fields.map((field) => fieldEntry(field, field.name === "voice" ? voices : []))}</dl>
${jsonBlock(SAMPLE_INPUT, "A full input")}`,
  };
}

function fieldEntry(field: InputField, names: readonly string[]): Html {
  const { name, typeName, required, defaultValue, options, examples, limits, extra, takesFile } = field;
  const facts: readonly (readonly [string, Html])[] = [
    ...(defaultValue === undefined ? [] : [["Default", code(defaultValue)] as const]),
    ...(options.length === 0 ? [] : [["One of", html`${options.map((o) => html`${code(o)} `)}`] as const]),
    ...(limits.length === 0 ? [] : [["Limits", prose(limits.join(", "))] as const]),
    ...(examples.length === 0 ? [] : [["Example", html`${examples.map((e) => html`${code(e)} `)}`] as const]),
  ];
  return html`<div class="field" id="input-${name}">
<dt><code class="name">${name}</code> <span class="type">${typeName}</span>${
    required ? html` <span class="mark required">required</span>` : null
  }${takesFile ? html` <span class="mark">takes files</span>` : null}${
    extra ? html` <span class="mark extra">only here</span>` : null
  }</dt>
<dd><p>${prose(field.description)}</p>
${facts.map(([label, value]) => html`<p class="fact"><span class="label">${label}</span> ${value}</p>\n`)}${
  names.length === 0 ? null : voiceList(names)
}${field.fields.length === 0 ? null : html`<dl class="fields nested">${field.fields.map((inner) => fieldEntry(inner, []))}</dl>`}</dd></div>
`;
}

function voiceList(names: readonly string[]): Html {
  return html`<details><summary>All ${names.length} names</summary>
<p>Found exactly as written first, then without regard to case and outer spaces.</p>
<ul class="names">${names.map((name) => html`<li><code>${name}</code></li>`)}</ul></details>`;
}

function code(value: unknown): Html {
  return html`<code>${typeof value === "string" ? value : JSON.stringify(value)}</code>`;
}

/** What a finished request gives. */
export function outputSection(files: string, pricePerSecond: number): Section {
  return {
    id: "output",
    title: "Output",
    body: html`${paragraphs(
      "One video: H.264 and AAC in MP4, 25 frames a second. Its URL needs no key, answers range requests and allows every origin.",
      "With `output_format` it is VP9 in WebM or ProRes 4444 in MOV instead, transparent behind the person unless there is a background.",
    )}
${jsonBlock(sampleOutput(files), "The answer")}
<h3 id="extra-outputs">Files beside the video</h3>
${paragraphs(
  "What `extra_outputs` names stands beside `video`, each as a file of the same form. They live as long as the video, are deleted with it and cost nothing.",
)}
${table(
  "Extra outputs",
  ["Asked for", "Key", "What it is"],
  extraOutputFields(files).map(({ output, name, description, example }) => [
    code(output),
    code(name),
    prose(`${description} \`${example.content_type}\``),
  ]),
)}
<h3 id="price">Price</h3>
${paragraphs(
  `The length of the video, in seconds, stands in the header \`X-Fal-Billable-Units\` and is metered at **$${pricePerSecond}** a second (${MODEL_FACTS.category}). Failed and cancelled requests cost nothing. Parlante takes no money: the ledger is the operator's.`,
)}`,
  };
}
