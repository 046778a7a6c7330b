import { readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { testDataDir } from "../../test/support/test-data.js";
import type { Clip } from "./clip.js";
import { METRICS } from "./metrics/index.js";
import { type Calibration, measureClip } from "./results.js";
import { median } from "./signal.js";
import { watchVideo } from "./watch-video.js";

const FILE = new URL("./real-people.json", import.meta.url);

/** What filmed people measured, as kept beside the program; null when it was never measured. */
export async function readCalibration(): Promise<Calibration | null> {
  try {
    return JSON.parse(await readFile(FILE, "utf8")) as Calibration;
  } catch {
    return null;
  }
}

/**
 * Measures the filmed people of the test data by the same instrument: medians over the clips. What needs phonemes, a plan or
 * a still control stays unknown.
 */
export async function calibrateOnPeople(): Promise<Calibration> {
  if (testDataDir === null) throw new Error("There are no videos of people without the test data.");
  const folder = join(testDataDir, "video");
  const results = [];
  for (const file of (await readdir(folder)).sort()) {
    const watched = await watchVideo(join(folder, file), null);
    const clip: Clip = {
      name: parse(file).name,
      ...watched,
      phonemes: null,
      plannedGap: null,
      control: null,
    };
    results.push(measureClip(parse(file).name, clip, "real"));
    console.error(
      `${file}: ${watched.pictures.length} pictures, ${watched.soundDuration.toFixed(2)} s of sound, ${watched.rate} per second`,
    );
  }
  const values: Record<string, number> = {};
  for (const { id } of METRICS) {
    const known = results.map(({ readings }) => readings[id]!.value).filter(Number.isFinite);
    if (known.length > 0) values[id] = Number(median(known).toPrecision(4));
  }
  return { clips: results.length, values };
}
