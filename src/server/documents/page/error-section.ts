import { ERROR_GROUPS, type ErrorEntry } from "../error-catalogue.js";
import { type Html, html, prose } from "./html.js";
import { jsonBlock, paragraphs, type Section, table } from "./page-parts.js";

/** Every error with its cure. */
export function errorSection(): Section {
  return {
    id: "errors",
    title: "Errors",
    body: html`${paragraphs(
      "Types, codes and bodies are those of the hosted model, so that both clients turn them into their typed exceptions. `X-Fal-Retryable` says whether the same request may succeed later. 409 is never sent; an error never carries a stack trace.",
    )}
${ERROR_GROUPS.map(
  ({ id, title, introduction, example, ...group }) => html`<h3 id="${id}">${title}</h3>
${paragraphs(introduction)}
${jsonBlock(example, "For example")}
${group.hasTypes ? typedTable(title, group.entries) : plainTable(title, group.entries)}
`,
)}`,
  };
}

function typedTable(title: string, entries: readonly ErrorEntry[]): Html {
  return table(
    title,
    ["Type", "Status", "Again?", "Means", "Cure", "ctx"],
    entries.map((entry) => [
      html`<code id="${entry.type}">${entry.type}</code>`,
      html`${entry.status}`,
      html`${{ no: "no", yes: "yes", either: "perhaps" }[entry.retryable]}`,
      prose(entry.meaning),
      prose(entry.cure),
      entry.context.length === 0
        ? html`<span class="none" aria-label="nothing">–</span>`
        : html`${entry.context.map((key) => html`<code>${key}</code> `)}`,
    ]),
  );
}

function plainTable(title: string, entries: readonly ErrorEntry[]): Html {
  return table(
    title,
    ["Status", "Means", "Cure"],
    entries.map(({ type, status, meaning, cure }) => [
      html`<span id="${type}">${status}</span>`,
      prose(meaning),
      prose(cure),
    ]),
  );
}
