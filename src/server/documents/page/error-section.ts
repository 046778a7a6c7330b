import { ERROR_GROUPS } from "../error-catalogue.js";
import { html, prose } from "./html.js";
import { jsonBlock, paragraphs, type Section, table } from "./page-parts.js";

/** Every error with its cure. */
export function errorSection(): Section {
  return {
    id: "errors",
    title: "Errors",
    body: html`${paragraphs(
      "Types, codes and bodies are those of the hosted model, so that both clients turn them into their typed exceptions. 409 is never sent; an error never carries a stack trace.",
    )}
${ERROR_GROUPS.map(
  ({ id, title, introduction, example, entries }) => html`<h3 id="${id}">${title}</h3>
${paragraphs(introduction)}
${jsonBlock(example, "For example")}
${table(
  title,
  ["Type", "Status", "Again?", "ctx", "Means", "Cure"],
  entries.map((entry) => [
    html`<code id="${entry.type}">${entry.type}</code>`,
    html`${entry.status}`,
    html`${{ no: "no", yes: "yes", either: "see header" }[entry.retryable]}`,
    entry.context.length === 0
      ? html`<span class="none" aria-label="nothing">–</span>`
      : html`${entry.context.map((key) => html`<code>${key}</code> `)}`,
    prose(entry.meaning),
    prose(entry.cure),
  ]),
)}
`,
)}`,
  };
}
