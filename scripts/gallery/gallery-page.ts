import sharp from "sharp";

/** What came of one portrait. */
export type GalleryEntry = {
  readonly name: string;
  /** Face crops as PNG, in the order of the poses; empty when there is no usable face. */
  readonly pictures: readonly Buffer[];
  /** File name of the video, relative to the page; null without. */
  readonly video: string | null;
  readonly warnings: readonly string[];
  /** Why there are no pictures or no video. `refused`: the photo cannot be used; `failed`: we failed. */
  readonly problem: { readonly kind: "refused" | "failed"; readonly message: string } | null;
  /** Numbers worth seeing, e.g. seconds of rendering. */
  readonly facts: readonly string[];
};

/** Size of a face on the sheet, pixels. */
export const CELL = 240;
const LABEL_WIDTH = 150;
const HEADER = 26;
const REFUSED_HEIGHT = 44;

/** All portraits on one picture: a row each, a column per pose. */
export async function contactSheet(
  entries: readonly GalleryEntry[],
  poseNames: readonly string[],
  cell: number = CELL,
): Promise<Buffer> {
  const width = LABEL_WIDTH + cell * poseNames.length;
  const layers: { input: Buffer; left: number; top: number }[] = [];
  const headings = poseNames.map((name, i) => label(name, LABEL_WIDTH + cell * i + cell / 2, 18, "middle"));
  layers.push({ input: drawing(width, HEADER, headings.join("")), left: 0, top: 0 });
  let top = HEADER;
  for (const entry of entries) {
    const height = entry.pictures.length > 0 ? await heightOf(entry.pictures[0]!) : REFUSED_HEIGHT;
    layers.push({ input: drawing(width, height, rowText(entry, height)), left: 0, top });
    entry.pictures.forEach((input, i) => {
      layers.push({ input, left: LABEL_WIDTH + cell * i, top });
    });
    top += height;
  }
  return sharp({ create: { width, height: Math.max(top, HEADER + 1), channels: 3, background: "#202225" } })
    .composite(layers)
    .png()
    .toBuffer();
}

async function heightOf(picture: Buffer): Promise<number> {
  return (await sharp(picture).metadata()).height;
}

function rowText(entry: GalleryEntry, height: number): string {
  const lines = wrap(entry.name, 19).map((line, i) => label(line, 8, 20 + 17 * i, "start"));
  if (entry.problem === null) return lines.join("");
  const text = `${entry.problem.kind}: ${entry.problem.message}`;
  const place = height > REFUSED_HEIGHT ? wrap(text, 22).slice(0, 9) : [text.slice(0, 260)];
  const x = height > REFUSED_HEIGHT ? 8 : LABEL_WIDTH + 8;
  const y = height > REFUSED_HEIGHT ? 80 : 20;
  return lines.concat(place.map((line, i) => label(line, x, y + 16 * i, "start", "#ff9d7a"))).join("");
}

function drawing(width: number, height: number, body: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`,
  );
}

function label(text: string, x: number, y: number, anchor: "start" | "middle", fill = "#e6e6e6"): string {
  return `<text x="${x}" y="${y}" font-family="sans-serif" font-size="13" fill="${fill}" text-anchor="${anchor}">${escapeMarkup(text)}</text>`;
}

function wrap(text: string, characters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<=[_ -])/)) {
    const last = lines.at(-1);
    if (last !== undefined && (last + word).length <= characters) lines[lines.length - 1] = last + word;
    else lines.push(word);
  }
  return lines;
}

/** The page with all videos; pictures and videos lie beside it. */
export function galleryPage(
  entries: readonly GalleryEntry[],
  poseNames: readonly string[],
  prompt: string,
): string {
  const sections = entries.map((entry) => {
    const name = escapeMarkup(entry.name);
    const video =
      entry.video === null
        ? ""
        : `<video src="${encodeURIComponent(entry.video)}" controls loop preload="metadata"></video>`;
    const poses = entry.pictures
      .map((_, i) => {
        const pose = escapeMarkup(poseNames[i] ?? "");
        const source = `${encodeURIComponent(entry.name)}-${i}.png`;
        return `<figure><img src="poses/${source}" alt="${name}: ${pose}" loading="lazy"><figcaption>${pose}</figcaption></figure>`;
      })
      .join("");
    const problem =
      entry.problem === null
        ? ""
        : `<p class="${entry.problem.kind}">${entry.problem.kind}: ${escapeMarkup(entry.problem.message)}</p>`;
    const notes = [...entry.warnings.map((text) => `warning: ${text}`), ...entry.facts]
      .map((text) => `<li>${escapeMarkup(text)}</li>`)
      .join("");
    return `<section><h2>${name}</h2>${problem}<div class="row">${video}<div class="poses">${poses}</div></div><ul>${notes}</ul></section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Parlante gallery</title>
<style>
body { margin: 2rem; background: #202225; color: #e6e6e6; font: 15px/1.5 system-ui, sans-serif; }
.row { display: flex; gap: 1rem; flex-wrap: wrap; align-items: flex-start; }
video { width: 480px; max-width: 100%; background: #000; }
.poses { display: flex; flex-wrap: wrap; gap: 4px; max-width: 1240px; }
figure { margin: 0; } img { width: ${CELL}px; display: block; } figcaption { text-align: center; }
.refused { color: #ffce7a; } .failed { color: #ff7a7a; } ul { color: #a9adb3; }
</style></head><body>
<h1>Parlante gallery</h1><p>“${escapeMarkup(prompt)}”</p><p><a href="sheet.png">Contact sheet</a></p>
${sections.join("\n")}
</body></html>
`;
}

function escapeMarkup(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => names[character]!).replace(/\p{Cc}/gu, " ");
}
