import { highlight, type Language } from "./highlight.js";
import { type Html, html, prose } from "./html.js";

/** A chapter of the page. */
export type Section = { readonly id: string; readonly title: string; readonly body: Html };

/** A block of code with its name above. */
export function codeBlock(code: string, language: Language, label: string): Html {
  // Focusable, because a long line scrolls sideways and a keyboard must reach it.
  return html`<figure class="code"><figcaption>${label}</figcaption><pre tabindex="0" aria-label="${label}"><code>${highlight(code, language)}</code></pre></figure>`;
}

/** A JSON value as a block of code. */
export function jsonBlock(value: unknown, label: string): Html {
  return codeBlock(JSON.stringify(value, null, 2), "json", label);
}

/** A table. The first cell of each row is its heading; on narrow screens rows become cards. */
export function table(caption: string, heads: readonly string[], rows: readonly (readonly Html[])[]): Html {
  return html`<div class="table"><table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...others]) =>
      html`<tr><th scope="row">${first!}</th>${others.map(
        (cell, index) => html`<td data-head="${heads[index + 1]!}">${cell}</td>`,
      )}</tr>\n`,
  )}</tbody></table></div>`;
}

/** An HTTP call: method and path. */
function call(method: string, path: string): Html {
  return html`<span class="call"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></span>`;
}

/** One call with what it does and what it answers. */
export type CallDescription = {
  readonly method: string;
  readonly path: string;
  readonly does: string;
  readonly answer?: string;
};

/** Calls below each other: paths are too long for a column. */
export function callList(calls: readonly CallDescription[]): Html {
  return html`<dl class="calls">${calls.map(
    ({ method, path, does, answer }) => html`<div><dt>${call(method, path)}</dt>
<dd>${prose(does)}${answer === undefined ? null : html` <span class="answer">${prose(answer)}</span>`}</dd></div>
`,
  )}</dl>`;
}

/** Sentences, each a paragraph. */
export function paragraphs(...texts: readonly string[]): Html {
  return html`${texts.map((text) => html`<p>${prose(text)}</p>\n`)}`;
}
