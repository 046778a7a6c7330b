/**
 * Measures how true colours are: CIEDE2000 between each photo and the encoded video of its face at rest, the worst
 * first. Needs the test data (see `test/support/test-data.ts`); without it the bundled portrait is measured.
 *
 * Usage: `npm run quality:colour -- [--portraits p01,p05] [--resolution 540p] [--ratio 1:1]`
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { decodePhoto, loadAsset } from "../src/assets/index.js";
import { planFraming } from "../src/frames/index.js";
import { analysePortrait } from "../src/portrait/index.js";
import type { AspectRatio, Resolution } from "../src/request/index.js";
import { testDataDir, testFile } from "../test/support/test-data.js";
import { measureRestColour, type RestColour } from "./quality/rest-colour.js";

const { values } = parseArgs({
  options: {
    portraits: { type: "string", default: "p" },
    resolution: { type: "string", default: "540p" },
    ratio: { type: "string", default: "1:1" },
  },
});

async function findPortraits(): Promise<string[]> {
  if (testDataDir === null) return [fileURLToPath(new URL("../samples/portrait.png", import.meta.url))];
  const files = (await readdir(join(testDataDir, "portraits"))).filter((file) => /^p\d\d_/.test(file)).sort();
  const starts = values.portraits.split(",");
  return files
    .filter((file) => starts.some((start) => file.startsWith(start)))
    .map((file) => testFile(`portraits/${file}`));
}

const folder = await mkdtemp(join(tmpdir(), "parlante-colour-"));
const rows: (RestColour & { readonly name: string })[] = [];
for (const image of await findPortraits()) {
  const name = image.replace(/.*\//, "");
  try {
    const field = ["image_url"];
    const photo = await decodePhoto(await loadAsset(image, { field, allowLocalPaths: true }), { field });
    const rig = await analysePortrait(photo);
    const framing = planFraming(rig, photo, {
      resolution: values.resolution as Resolution,
      aspectRatio: values.ratio as AspectRatio,
      fit: null,
    });
    rows.push({ name, ...(await measureRestColour(photo, rig, framing, join(folder, "rest.mp4"))) });
  } catch (error) {
    console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
await rm(folder, { recursive: true });
const cells = ({ all, skin }: RestColour): string =>
  [all, skin]
    .map(({ mean, p95, blocks }) => [mean, p95, blocks].map((x) => x.toFixed(2).padStart(7)).join(""))
    .join("  ");
console.log(`\n${"CIEDE2000".padEnd(46)}   mean    p95 blocks     skin    p95 blocks`);
for (const row of rows.sort((a, b) => b.all.mean - a.all.mean))
  console.log(`${row.name.padEnd(46)}${cells(row)}`);
process.exit(0);
