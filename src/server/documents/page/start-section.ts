import {
  curlSample,
  INSTALL_JAVASCRIPT,
  INSTALL_PYTHON,
  javascriptSample,
  pythonSample,
  type SampleTarget,
  unchangedProgramsSample,
} from "../code-samples.js";
import { type Html, html } from "./html.js";
import { codeBlock, paragraphs, type Section } from "./page-parts.js";

/** How to make the first video, in four languages. Tabs without a script: radio buttons and their labels. */
export function startSection(target: SampleTarget): Section {
  const tabs: readonly (readonly [id: string, name: string, body: Html])[] = [
    ["curl", "curl", codeBlock(curlSample(target), "bash", "A run that waits for the video")],
    [
      "javascript",
      "JavaScript",
      html`${codeBlock(INSTALL_JAVASCRIPT, "bash", "Once")}${codeBlock(javascriptSample(target), "javascript", "talk.mjs")}`,
    ],
    [
      "python",
      "Python",
      html`${codeBlock(INSTALL_PYTHON, "bash", "Once")}${codeBlock(pythonSample(target), "python", "talk.py")}`,
    ],
    ["unchanged", "Unchanged programs", codeBlock(unchangedProgramsSample(target), "bash", "Over TLS")],
  ];
  return {
    id: "start",
    title: "Quick start",
    body: html`${paragraphs(
      "A photo goes in; with a `prompt` or a recording it speaks, without either it breathes, blinks and looks about for five seconds. The answer names a video that anybody who knows its URL may fetch. A run that waits is convenient for short videos; `…/stream` tells its progress on the way, and the queue is the safe way for long ones.",
    )}
<fieldset class="tabs"><legend>Language</legend>
${tabs.map(
  ([id, name], index) =>
    html`<input type="radio" name="language" id="tab-${id}"${index === 0 ? html` checked` : null}><label for="tab-${id}">${name}</label>\n`,
)}${tabs.map(([id, name, body]) => html`<div class="panel" id="panel-${id}"><h3 class="panel-title">${name}</h3>${body}</div>\n`)}</fieldset>
${paragraphs(
  "**Keys.** `Authorization: Key $FAL_KEY`, or `Bearer` with the same key. A server bound to this machine runs without keys until the first is made with `parlante keys create`; every other one refuses to start without.",
)}`,
  };
}
