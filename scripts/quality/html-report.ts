import { type Clip, eyeOpenness, lipGaps } from "./clip.js";
import { findBlinks } from "./metrics/eyes-and-brows.js";
import { METRICS } from "./metrics/index.js";
import type { ClipResult } from "./results.js";
import { normalise } from "./signal.js";
import { show } from "./text-table.js";

const WIDTH = 900;
const HEIGHT = 110;

type Line = { readonly values: ArrayLike<number>; readonly colour: string; readonly name: string };

/** One clip's part of the report: contact sheet, plots and readings. */
export function clipSection(result: ClipResult, clip: Clip, sheet: Buffer | null): string {
  const plots = [
    plot("lip gap against the sound's envelope", [
      { values: normalise(lipGaps(clip)), colour: "#d33", name: "lip gap" },
      { values: normalise(clip.envelope), colour: "#47a", name: "envelope" },
    ]),
    plot("head, degrees", [
      { values: fromFirst(clip.pictures.map(({ yaw }) => yaw)), colour: "#d33", name: "yaw" },
      { values: fromFirst(clip.pictures.map(({ pitch }) => pitch)), colour: "#2a4", name: "pitch" },
      { values: fromFirst(clip.pictures.map(({ roll }) => roll)), colour: "#47a", name: "roll" },
    ]),
    plot(`eye opening, ${findBlinks(clip).length} blinks`, [
      { values: eyeOpenness(clip), colour: "#555", name: "eye aspect ratio" },
    ]),
  ];
  const image =
    sheet === null ? "" : `<img alt="frames" src="data:image/jpeg;base64,${sheet.toString("base64")}">`;
  const cells = METRICS.map(({ id, title, limit }) => {
    const { value, pass } = result.readings[id]!;
    const kind = pass === null ? "" : pass ? "pass" : "fail";
    return `<tr class="${kind}"><td>${id}</td><td>${escapeMarkup(title)}</td><td>${show(value)}</td><td>${escapeMarkup(limit)}</td></tr>`;
  }).join("");
  return `<section><h2>${escapeMarkup(result.portrait)}: ${escapeMarkup(result.clip)}</h2>${image}${plots.join("")}<details><summary>readings</summary><table>${cells}</table></details></section>`;
}

/** The whole page; nothing is loaded from elsewhere. */
export function reportPage(table: string, sections: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Quality</title><style>
body{font:14px/1.4 system-ui,sans-serif;margin:2rem;max-width:1200px}pre{overflow-x:auto;font-size:12px}
img{max-width:100%;display:block}td{padding:0 .6rem}.fail{color:#b00;font-weight:600}.pass{color:#060}
figure{margin:.5rem 0}figcaption{font-size:12px;color:#555}</style></head><body><h1>Quality</h1>
<pre>${escapeMarkup(table)}</pre>${sections.join("\n")}</body></html>
`;
}

function fromFirst(values: readonly number[]): number[] {
  return values.map((value) => value - values[0]!);
}

function plot(title: string, lines: readonly Line[]): string {
  const all = lines.flatMap(({ values }) => Array.from(values));
  const low = Math.min(...all);
  const high = Math.max(...all, low + 1e-6);
  const paths = lines.map(({ values, colour }) => {
    const points = Array.from(values, (value, i) => {
      const x = (WIDTH * i) / Math.max(1, values.length - 1);
      const y = HEIGHT - 4 - ((HEIGHT - 8) * (value - low)) / (high - low);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.2" points="${points.join(" ")}"/>`;
  });
  const legend = lines
    .map(({ name, colour }) => `<span style="color:${colour}">${escapeMarkup(name)}</span>`)
    .join(" ");
  return `<figure><figcaption>${escapeMarkup(title)} [${show(low)}, ${show(high)}] ${legend}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" height="${HEIGHT}" preserveAspectRatio="none" style="background:#f6f6f6">${paths.join("")}</svg></figure>`;
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
}
