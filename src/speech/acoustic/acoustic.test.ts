import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { loadAcousticModel } from "./acoustic-model.js";
import { alignSounds } from "./align-sounds.js";
import { findSounds } from "./find-sounds.js";
import { hearSounds } from "./hear-sounds.js";
import {
  ACOUSTIC_RATE,
  frameCount,
  MEL_BANDS,
  melFilters,
  melFrames,
  normaliseBands,
} from "./mel-features.js";
import { decodeModel, encodeModel } from "./model-file.js";
import { classesOf, SILENCE, SOUND_CLASSES } from "./sound-classes.js";
import type { SoundScores } from "./sound-scores.js";

const CLASSES = SOUND_CLASSES.length;
const index = (name: string) => SOUND_CLASSES.indexOf(name as (typeof SOUND_CLASSES)[number]);

/** Scores that speak for one class in each frame, with a little noise. */
function scoresFor(sequence: readonly number[], noise = 0.5, seed = 1): SoundScores {
  const random = createRandom(seed);
  const values = Float32Array.from({ length: sequence.length * CLASSES }, (_, i) => {
    const isTrue = sequence[Math.floor(i / CLASSES)] === i % CLASSES;
    return (isTrue ? 0 : -4) + noise * random.normal();
  });
  return { frames: sequence.length, values };
}

const repeated = (...parts: readonly (readonly [name: string, frames: number])[]): number[] =>
  parts.flatMap(([name, frames]) => Array<number>(frames).fill(index(name)));

describe("classes of sound", () => {
  it("are known for every ARPAbet symbol, one or two of them", () => {
    const symbols =
      "pau aa ae ah ao aw ax axr ay b ch d dh dx eh el em en er ey f g hh ih ix iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh";
    for (const symbol of symbols.split(" ")) {
      const classes = classesOf(symbol);
      expect([1, 2]).toContain(classes.length);
      if (symbol !== "pau") expect(classes, symbol).not.toContain(SILENCE);
    }
    expect(classesOf("ay").map((c) => SOUND_CLASSES[c])).toEqual(["aa", "ih"]);
    expect(classesOf("what is this")).toEqual([SILENCE]);
  });
});

describe("mel bands", () => {
  it("hear a tone in its band, whatever the level", () => {
    const tone = (gain: number) =>
      Float32Array.from(
        { length: 8_000 },
        (_, i) => gain * Math.sin((2 * Math.PI * 1_000 * i) / ACOUSTIC_RATE),
      );
    const [loud, quiet] = [0.5, 0.05].map((gain) => melFrames(tone(gain), 10, 11));
    const loudest = loud!.indexOf(Math.max(...loud!));
    const { first, weights } = melFilters()[loudest]!;
    const hertz = (bin: number) => (bin * ACOUSTIC_RATE) / 512;
    expect(hertz(first)).toBeLessThan(1_000);
    expect(hertz(first + weights.length)).toBeGreaterThan(1_000);
    expect(loud![loudest]! - quiet![loudest]!).toBeCloseTo(Math.log(100), 2);
  });

  it("are free of level and tilt once normalised", () => {
    const random = createRandom(3);
    const bands = Float32Array.from({ length: 300 * MEL_BANDS }, () => random.normal());
    const shaped = bands.map((value, i) => value + 3 + 0.1 * (i % MEL_BANDS));
    normaliseBands(bands);
    normaliseBands(shaped);
    for (let i = 0; i < bands.length; i++) expect(shaped[i]).toBeCloseTo(bands[i]!, 4);
  });
});

describe("findSounds", () => {
  it("finds what is there", () => {
    const truth = repeated(["pau", 20], ["m", 8], ["aa", 15], ["p", 6], ["iy", 12], ["pau", 10]);
    const runs = findSounds(scoresFor(truth));
    expect(runs.map(({ sound }) => SOUND_CLASSES[sound])).toEqual(["pau", "m", "aa", "p", "iy", "pau"]);
    for (const { sound, start, end } of runs)
      for (let frame = start; frame < end; frame++) expect(truth[frame]).toBe(sound);
  });

  it("is not led astray by single frames", () => {
    const truth = repeated(["aa", 30]);
    truth[12] = index("p");
    expect(findSounds(scoresFor(truth))).toEqual([{ sound: index("aa"), start: 0, end: 30 }]);
  });

  it("covers every sound whole, with different sounds side by side", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer(), (frames, seed) => {
        const random = createRandom(seed);
        const values = Float32Array.from({ length: frames * CLASSES }, () => 3 * random.normal());
        const runs = findSounds({ frames, values });
        expect(runs[0]!.start).toBe(0);
        expect(runs.at(-1)!.end).toBe(frames);
        runs.forEach(({ sound, start, end }, i) => {
          expect(end).toBeGreaterThan(start);
          if (i > 0) {
            expect(start).toBe(runs[i - 1]!.end);
            expect(sound).not.toBe(runs[i - 1]!.sound);
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("alignSounds", () => {
  const known = (text: string) =>
    text.split(" ").map((symbol, i) => ({ classes: classesOf(symbol), mayPause: i % 3 === 0 }));

  it("finds known sounds, with pauses between words only", () => {
    const truth = repeated(
      ["pau", 12],
      ...(["m", "aa", "p"] as const).map((name) => [name, 7] as const),
      ["pau", 9],
      ...(["s", "iy", "t"] as const).map((name) => [name, 5] as const),
      ["pau", 6],
    );
    const alignment = alignSounds(scoresFor(truth), known("m aa p s iy t"))!;
    expect(alignment.sounds).toEqual([
      { start: 12, end: 19 },
      { start: 19, end: 26 },
      { start: 26, end: 33 },
      { start: 42, end: 47 },
      { start: 47, end: 52 },
      { start: 52, end: 57 },
    ]);
  });

  it("scores another text worse", () => {
    const scores = scoresFor(repeated(["pau", 8], ["m", 7], ["aa", 9], ["p", 7], ["pau", 8]));
    const right = alignSounds(scores, known("m aa p"))!.score;
    const wrong = alignSounds(scores, known("s iy t"))!.score;
    expect(right - wrong).toBeGreaterThan(50);
  });

  it("says when more is to be said than there is time for", () => {
    expect(alignSounds(scoresFor(repeated(["aa", 10])), known("m aa p s iy t m aa p s iy t"))).toBeNull();
  });

  it("keeps the order, without overlaps, whatever the scores", () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 300 }), fc.integer(), (frames, seed) => {
        const random = createRandom(seed);
        const values = Float32Array.from({ length: frames * CLASSES }, () => 2 * random.normal());
        const alignment = alignSounds({ frames, values }, known("m ay p s iy t ow"))!;
        let reached = 0;
        for (const { start, end } of alignment.sounds) {
          expect(start).toBeGreaterThanOrEqual(reached);
          expect(end).toBeGreaterThan(start);
          reached = end;
        }
        expect(reached).toBeLessThanOrEqual(frames);
      }),
      { numRuns: 60 },
    );
  });

  it("takes ten minutes in its stride", () => {
    const word = repeated(["m", 6], ["aa", 8], ["p", 6], ["s", 6], ["iy", 8], ["t", 6]);
    const truth = Array.from({ length: 1_500 }, () => word).flat();
    const sounds = Array.from({ length: 1_500 }, () => known("m aa p s iy t")).flat();
    const before = performance.now();
    const alignment = alignSounds(scoresFor(truth), sounds)!;
    expect(performance.now() - before, "milliseconds").toBeLessThan(20_000);
    expect(alignment.sounds.at(-1)!.end).toBe(truth.length);
  });
});

describe("the acoustic model", () => {
  it("is one file of less than a megabyte that survives writing and reading", async () => {
    const model = await loadAcousticModel();
    const bytes = encodeModel(model);
    expect(bytes.length).toBeLessThan(1e6);
    const again = decodeModel(bytes);
    expect(again.layers.map(({ weights }) => weights.length)).toEqual(
      model.layers.map(({ weights }) => weights.length),
    );
    again.layers.forEach(({ weights }, layer) => {
      weights.forEach((weight, i) => {
        expect(Math.abs(weight - model.layers[layer]!.weights[i]!)).toBeLessThan(1e-3);
      });
    });
    expect(() => decodeModel(bytes.subarray(0, 1_000))).toThrow();
    expect(() => decodeModel(new Uint8Array(bytes.length))).toThrow("no acoustic model");
  });
});

describe("hearSounds", () => {
  const noise = (seconds: number) => {
    const random = createRandom(9);
    return Float32Array.from({ length: seconds * ACOUSTIC_RATE }, () => 0.1 * random.normal());
  };

  it("hears nothing in silence", async () => {
    const scores = await hearSounds(new Float32Array(2 * ACOUSTIC_RATE), ACOUSTIC_RATE);
    expect(scores.frames).toBe(frameCount(2 * ACOUSTIC_RATE));
    expect(findSounds(scores)).toEqual([{ sound: SILENCE, start: 0, end: scores.frames }]);
  });

  it("hears no voice in noise", async () => {
    const runs = findSounds(await hearSounds(noise(6), ACOUSTIC_RATE));
    const silent = runs
      .filter(({ sound }) => sound === SILENCE)
      .reduce((sum, { start, end }) => sum + end - start, 0);
    expect(silent / runs.at(-1)!.end).toBeGreaterThan(0.9);
  });

  it("gives the same scores for the same sound, at any rate, to the end", async () => {
    const sound = noise(7);
    const [one, two] = [await hearSounds(sound, ACOUSTIC_RATE), await hearSounds(sound, ACOUSTIC_RATE)];
    expect(one.values).toEqual(two.values);
    for (const samples of [1, 159, 160, 161, 80_000, 80_001]) {
      const { frames, values } = await hearSounds(sound.subarray(0, samples), ACOUSTIC_RATE);
      expect(frames).toBe(frameCount(samples));
      expect(values.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  it("stops when cancelled", async () => {
    const controller = new AbortController();
    const call = hearSounds(noise(30), ACOUSTIC_RATE, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(call).rejects.toMatchObject({ code: "client_cancelled" });
  });
});
