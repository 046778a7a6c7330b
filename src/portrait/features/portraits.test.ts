import { describe, expect, it } from "vitest";
import { testDataDir, testFile } from "../../../test/support/test-data.js";
import { decodePhoto, loadAsset } from "../../assets/index.js";
import { analysePortrait } from "../analyse-portrait.js";

/** What the picture shows, by eye. */
type Seen = {
  readonly file: string;
  readonly glasses: boolean;
  readonly open: boolean;
  readonly teeth: boolean;
};

const PORTRAITS: readonly Seen[] = [
  { file: "p01_ai_woman_closed_outdoor.png", glasses: false, open: false, teeth: false },
  { file: "p02_woman_glasses_curly_smile.jpg", glasses: true, open: true, teeth: true },
  { file: "p04_man_glasses_circle_palette.png", glasses: true, open: false, teeth: false },
  { file: "p05_elderman_whitehair_outdoor.jpg", glasses: false, open: false, teeth: false },
  { file: "p08_man_black_halfbody_sofa.jpg", glasses: false, open: true, teeth: true },
  { file: "p18_bw_woman_braids_hands.jpg", glasses: false, open: false, teeth: false },
  { file: "p20_woman_longhair_openlaugh.jpg", glasses: false, open: true, teeth: true },
  { file: "p25_boy_openmouth_lowres188.jpg", glasses: false, open: true, teeth: false },
  { file: "p29_man_goatee_glasses.png", glasses: true, open: true, teeth: true },
];

describe.skipIf(testDataDir === null)("real portraits", () => {
  it.each(PORTRAITS)("sees glasses, opening and teeth of $file", async ({ file, glasses, open, teeth }) => {
    const field = ["image_url"];
    const path = testFile(`portraits/${file}`);
    const photo = await decodePhoto(await loadAsset(path, { allowLocalPaths: true, field }), { field });
    const rig = await analysePortrait(photo);
    expect(rig.glasses !== null).toBe(glasses);
    expect(rig.mouth.isOpen).toBe(open);
    expect(rig.mouth.toothEdge !== null).toBe(teeth);
    expect(rig.tones.tooth !== null).toBe(teeth);
    expect(rig.tones.saturation > 0.2).toBe(!file.includes("_bw_"));
    // Smiles with teeth rank above everything else in this list but the older man's closed smile.
    if (teeth) expect(rig.mouth.smile).toBeGreaterThan(0.5);
    else if (!file.startsWith("p05")) expect(rig.mouth.smile).toBeLessThan(0.3);
    const middle = (rig.mouth.x.length - 1) / 2;
    if (rig.mouth.toothEdge === null) return;
    const shown = rig.mouth.toothEdge[middle]! - rig.mouth.upperInner[middle]!;
    expect(shown).toBeGreaterThan(0.3 * rig.mouth.gap);
    for (const [i, y] of rig.mouth.toothEdge.entries()) {
      expect(y).toBeLessThanOrEqual(rig.mouth.lowerInner[i]!);
    }
  });
});
