/**
 * Measures how real the videos look: renders portraits, decodes the encoded videos, finds the face again in every
 * picture, and computes the metrics of `scripts/quality/metrics`.
 *
 * Usage: `npm run quality -- [--portraits p01,p05] [--clips podcast,bilabials,story,s01,s03,s31,long] [--styles stable,expressive]
 * [--resolution 540p] [--seed 0] [--out DIR] [--compare OLD.json] [--calibrate]`
 *
 * Without the test data (see `test/support/test-data.ts`) the bundled portrait is measured.
 */
import { readdirSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createApp } from "../src/app/index.js";
import { type Resolution, TALKING_STYLES, type TalkingStyle } from "../src/request/index.js";
import { testDataDir, testFile } from "../test/support/test-data.js";
import { calibrateOnPeople, readCalibration } from "./quality/calibrate.js";
import type { Clip } from "./quality/clip.js";
import { videoSheet } from "./quality/contact-sheet.js";
import { clipSection, reportPage } from "./quality/html-report.js";
import { makeClip, makeControl, type Utterance } from "./quality/make-clips.js";
import { type ClipResult, measureClip, type QualityResults } from "./quality/results.js";
import { compareResults, textTable } from "./quality/text-table.js";

const UTTERANCES: readonly Utterance[] = [
  {
    name: "podcast",
    prompt:
      "Hey friends! Welcome to the GPU force podcast and today we are going to discuss about the rising GPU cost!",
  },
  { name: "bilabials", prompt: "Bob and Pam map maple and poppy pumps by bumping mob problems." },
  {
    name: "story",
    prompt:
      'Who knew that so few of you would come? I am glad you did. <break time="0.6s"/> Now sit down, take a cup of tea, and let me tell you what happened on the way home.',
  },
  ...(testDataDir === null
    ? []
    : [
        { name: "s01", recording: testFile("speech/s01_en_m_jfk.wav") },
        { name: "s03", recording: testFile("speech/s03_en_f_lj_10s.wav") },
        { name: "s31", recording: testFile("speech/s31_long_pauses.wav") },
      ]),
];
/** Only when asked for by name: minutes of speech, to see that nothing drifts, and every other recording (`s02`, `s05` …). */
const LONG: readonly Utterance[] =
  testDataDir === null
    ? []
    : [
        { name: "long", recording: testFile("speech/s04_en_f_lj_long.mp3") },
        ...readdirSync(testFile("speech"))
          .filter((file) => /^s[0-6]\d_/.test(file))
          .map((file) => ({ name: file.slice(0, 3), recording: testFile(`speech/${file}`) }))
          .filter(({ name }) => !UTTERANCES.some((other) => other.name === name)),
      ];

const { values } = parseArgs({
  options: {
    portraits: { type: "string" },
    clips: { type: "string" },
    styles: { type: "string", default: TALKING_STYLES.join(",") },
    resolution: { type: "string", default: "540p" },
    seed: { type: "string", default: "0" },
    out: { type: "string", default: "out/quality" },
    compare: { type: "string" },
    calibrate: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  if (values.calibrate) {
    console.log(JSON.stringify(await calibrateOnPeople(), null, 2));
    return;
  }
  const out = resolve(values.out);
  await mkdir(out, { recursive: true });
  const chosen = values.clips?.split(",") ?? UTTERANCES.map(({ name }) => name);
  const utterances = [...UTTERANCES, ...LONG].filter(({ name }) => chosen.includes(name));
  const styles = values.styles.split(",") as TalkingStyle[];
  const clips: ClipResult[] = [];
  const problems: { portrait: string; message: string }[] = [];
  const sections: string[] = [];
  const calibration = await readCalibration();
  const app = createApp({ rigCacheDir: join(out, "rigs") });
  const settings = { resolution: values.resolution, seed: Number(values.seed) };
  const finish = async (): Promise<string> => {
    const results: QualityResults = { settings, clips, problems };
    const table = textTable(results, calibration);
    await writeFile(join(out, "quality.json"), JSON.stringify(results, null, 1));
    await writeFile(join(out, "quality.txt"), `${table}\n`);
    await writeFile(join(out, "report.html"), reportPage(table, sections));
    return table;
  };
  try {
    for (const image of await findPortraits()) {
      const portrait = parse(image).name;
      try {
        const found = await measurePortrait(app, image, portrait, utterances, styles, out);
        clips.push(...found.clips);
        sections.push(...found.sections);
        console.log(`${portrait}: ${found.clips.length} clips`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        problems.push({ portrait, message });
        console.log(`${portrait}: ${message}`);
      }
      // Rewritten after each portrait: the first ones can be looked at while the rest is on its way.
      await finish();
    }
  } finally {
    await app.close();
  }
  const table = await finish();
  console.log(`\n${table}\n\n${join(out, "report.html")}`);
  if (values.compare !== undefined) {
    const before = JSON.parse(await readFile(values.compare, "utf8")) as QualityResults;
    console.log(`\n${compareResults(before, { settings, clips, problems })}`);
  }
}

async function findPortraits(): Promise<string[]> {
  if (testDataDir === null) return [fileURLToPath(new URL("../samples/portrait.png", import.meta.url))];
  const files = (await readdir(join(testDataDir, "portraits"))).filter((file) => /^p\d\d_/.test(file)).sort();
  const starts = values.portraits?.split(",");
  const chosen = files.filter((file) => starts?.some((start) => file.startsWith(start)) ?? true);
  return chosen.map((file) => testFile(`portraits/${file}`));
}

async function measurePortrait(
  app: ReturnType<typeof createApp>,
  image: string,
  portrait: string,
  utterances: readonly Utterance[],
  styles: readonly TalkingStyle[],
  out: string,
): Promise<{ clips: ClipResult[]; sections: string[] }> {
  const folder = join(out, "videos", portrait);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const settings = { resolution: values.resolution as Resolution, seed: Number(values.seed), folder };
  const clips: ClipResult[] = [];
  const sections: string[] = [];
  let control: Clip | null = null;
  for (const utterance of utterances) {
    for (const style of styles) {
      const made = await makeClip(app, image, utterance, style, settings, control);
      control ??= await makeControl(image, made.talk, settings);
      const clip = { ...made.clip, control };
      const result = measureClip(portrait, clip, style);
      const sheet = await videoSheet(made.path, clip.width, clip.height, clip.pictures.length);
      clips.push(result);
      sections.push(clipSection(result, clip, sheet));
    }
  }
  return { clips, sections };
}

await main();
process.exit(0);
