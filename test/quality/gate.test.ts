import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clip, distance, pointOf } from "../../scripts/quality/clip.js";
import { makeClip, makeControl } from "../../scripts/quality/make-clips.js";
import { type ClipResult, measureClip } from "../../scripts/quality/results.js";
import { correlation } from "../../scripts/quality/signal.js";
import { createApp, FRAME_RATE, type TalkResult } from "../../src/index.js";
import { testDataDir, testFile } from "../support/test-data.js";

const PROMPT = "Bob and Pam map maple and poppy pumps by bumping mob problems.";
/** How much more than in the photo closed lips may seem to be apart; eye-centre distances. */
const TOLERANCE = 0.005;
/** The same where hair hides the lips from the mesh. */
const HIDDEN = 0.012;
/** What the mesh finds between lips that touch, in photos whose own lips do not. */
const CLOSED = 0.012;
/** A closure may be seen this long before the sound, seconds: lips close before they are heard to. */
const EARLY = 0.06;

/**
 * `correlation` is the least of planned and found gap. A beard hides the lips from the mesh, painted lips confuse it,
 * and on some faces it takes small gaps for closed lips, although the frames show them: there it may be lower.
 */
const PORTRAITS = [
  { name: "the bundled portrait", file: null, correlation: 0.9 },
  { name: "a closed mouth", file: "portraits/p01_ai_woman_closed_outdoor.png", correlation: 0.9 },
  { name: "an elderly man", file: "portraits/p05_elderman_whitehair_outdoor.jpg", correlation: 0.9 },
  { name: "a black-and-white photo", file: "portraits/p18_bw_woman_braids_hands.jpg", correlation: 0.9 },
  { name: "a mature woman", file: "portraits/p27_woman_mature_blond_2351px.jpg", correlation: 0.9 },
  // Its thin lips count as closed up to a gap of .06, and lips now take their time to close.
  { name: "a slight turn", file: "portraits/p23_man_slightturn_neutral.jpg", correlation: 0.83 },
  { name: "a smile with teeth", file: "portraits/p08_man_black_halfbody_sofa.jpg", correlation: 0.9 },
  { name: "a broad smile", file: "portraits/p06_woman_darkskin_smile_3216px.jpg", correlation: 0.9 },
  { name: "a long beard", file: "portraits/p03_man_longbeard_bald_outdoor.jpg", correlation: 0.6 },
  { name: "a painting", file: "portraits/p11_painting_mona_lisa.jpg", correlation: 0.7 },
] as const;

/** What every video must pass, whoever is in the photo. */
const ALWAYS = ["A1", "A3", "A4b", "A5", "A7", "B5", "B7", "C3", "C4", "C6", "C7"] as const;

const directory = mkdtempSync(join(tmpdir(), "parlante-quality-"));
const app = createApp({ tempDir: join(directory, "tmp") });
afterAll(async () => {
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Distance of the inner lips' edges in the middle of the mouth, eye-centre distances of the first picture. */
function centreGaps({ pictures }: Clip): number[] {
  const size = pictures[0]!.eyeDistance;
  return pictures.map((picture) => distance(pointOf(picture, 13), pointOf(picture, 14)) / size);
}

describe.each(PORTRAITS)("the encoded video of $name", ({ name, file, correlation: least }) => {
  const isMissing = file !== null && testDataDir === null;
  let talk: TalkResult;
  let clip: Clip;
  let result: ClipResult;
  beforeAll(async () => {
    if (isMissing) return;
    const bundled = fileURLToPath(new URL("../../samples/portrait.png", import.meta.url));
    const image = file === null ? bundled : testFile(file);
    const settings = { resolution: "540p", seed: 1, folder: directory } as const;
    const made = await makeClip(app, image, { name: "gate", prompt: PROMPT }, "stable", settings, null);
    talk = made.talk;
    clip = { ...made.clip, control: await makeControl(image, talk, settings) };
    result = measureClip(name, clip, "stable");
  });

  // Where the mesh misses small gaps, on painted, hidden and drawn lips, this rhythmic sentence fits itself one syllable
  // later, and vowels seem shut. How deep a drawing is the mesh only guesses, differently as the head turns.
  const findsSmallGaps = least >= 0.9 && file !== null;
  const judged = ALWAYS.filter((id) =>
    id === "A1" || id === "A4b" ? findsSmallGaps : id !== "C4" || file !== null,
  );

  it.skipIf(isMissing)("closes its lips at every p, b and m", () => {
    const { rig, performance, speech } = talk;
    const gaps = centreGaps(clip);
    // The first frame is the photo itself.
    const own = rig.mouth.isOpen ? CLOSED : gaps[0]!;
    const closures = speech.phonemes.filter(({ symbol }) => "pbm".includes(symbol));
    expect(closures.length).toBeGreaterThan(18);
    const found = closures.map(({ symbol, start, end }) => {
      const frames = gaps
        .map((_, f) => f)
        .filter((f) => {
          const t = f / FRAME_RATE;
          return t >= start - EARLY && t <= end;
        });
      expect(frames.some((f) => performance.curves.lipGap[f] === 0)).toBe(true);
      return { symbol, start, gap: Math.min(...frames.map((f) => gaps[f]!)) };
    });
    expect(found.filter(({ gap }) => gap > own + (least < 0.7 ? HIDDEN : TOLERANCE))).toEqual([]);
  });

  it.skipIf(isMissing)("follows the plan, keeps in time, and stays the person of the photo", () => {
    const readings = Object.entries(result.readings).map(
      ([id, { value }]) => `${id} ${value.toPrecision(3)}`,
    );
    console.log(`${name}: ${readings.join(", ")}`);
    expect(correlation(clip.plannedGap!, centreGaps(clip))).toBeGreaterThanOrEqual(least);
    expect(judged.filter((id) => result.readings[id]!.pass === false)).toEqual([]);
  });
});
