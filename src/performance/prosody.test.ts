import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findBlinks } from "../../test/support/planned-quality.js";
import { syntheticSpeech, talkOf } from "../../test/support/synthetic-speech.js";
import { type Speech, speechFromRecording, synthesizeSpeech } from "../speech/index.js";
import { measureShortMelody } from "../speech/prosody/measure-melody.js";
import type { Ending } from "./intonation.js";
import { perform } from "./perform.js";
import { FRAME_RATE, type Performance } from "./performance.js";
import { phraseSpeech } from "./phrasing.js";
import { analyseProsody, type Prosody } from "./prosody.js";
import { isFunctionWord } from "./vowel-effort.js";

const RATE = 48_000;
const hear = (speech: Speech): Prosody => analyseProsody(speech, phraseSpeech(speech));
const accentsOf = (prosody: Prosody): number[] =>
  prosody.syllables.filter(({ isAccent }) => isAccent).map(({ peak }) => peak);
const boundsOf = (spans: readonly { start: number; end: number }[]): number[] =>
  spans.flatMap(({ start, end }) => [start, end]);

/** Moments of `a` that have a partner of their own in `b`. */
function partners(a: readonly number[], b: readonly number[], tolerance: number): number {
  const free = [...b];
  let count = 0;
  for (const time of a) {
    const nearest = free.reduce(
      (best, other, i) => (Math.abs(other - time) < Math.abs((free[best] ?? Infinity) - time) ? i : best),
      -1,
    );
    if (nearest < 0 || Math.abs(free[nearest]! - time) > tolerance) continue;
    free.splice(nearest, 1);
    count++;
  }
  return count;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb + 1e-30);
}

/** A voice whose pitch goes from point to point, between pauses: 12 harmonics, a syllable every 200 ms. */
function sung(points: readonly (readonly [time: number, hertz: number])[], sentence: string): Speech {
  const last = points[points.length - 1]![0];
  const duration = last + 0.6;
  let phase = 0;
  const samples = Float32Array.from({ length: Math.round(duration * RATE) }, (_, i) => {
    const time = i / RATE;
    const k = points.findIndex(([t]) => t > time);
    if (k <= 0) return 0;
    const [[t0, f0], [t1, f1]] = [points[k - 1]!, points[k]!];
    phase += (f0 + ((f1 - f0) * (time - t0)) / (t1 - t0)) / RATE;
    let value = 0;
    for (let h = 1; h <= 12; h++) value += Math.sin(2 * Math.PI * h * phase) / h;
    return 0.1 * value * (0.2 + 0.8 * Math.sin((Math.PI * (time - points[0]![0])) / 0.2) ** 2);
  });
  const start = points[0]![0];
  const pause = (from: number, to: number) =>
    ({ symbol: "pau", start: from, end: to, word: -1, stress: 0 }) as const;
  return {
    samples,
    duration: samples.length / RATE,
    sentences: [{ text: sentence, start, end: last }],
    words: [],
    phonemes: [
      pause(0, start),
      { symbol: "aa", start, end: last, word: -1, stress: 0 },
      pause(last, samples.length / RATE),
    ],
    melody: measureShortMelody(samples),
    source: "synthesis",
    warnings: [],
  };
}

describe("the end of a phrase", () => {
  const body = [
    [0.3, 210],
    [1.2, 190],
  ] as const;
  const endingOf = (last: number, sentence: string): Ending | undefined =>
    hear(sung([...body, [1.6, last]], sentence)).phrases[0]?.ending;

  it("is heard, whatever the text says", () => {
    for (const text of ["Is it.", "Is it?"]) {
      expect(endingOf(310, text)).toBe("rise");
      expect(endingOf(225, text)).toBe("continuation");
      expect(endingOf(140, text)).toBe("fall");
    }
  });

  it("is told by the text where the voice does not tell", () => {
    expect(endingOf(188, "Is it.")).toBe("level");
    expect(endingOf(188, "Is it?")).toBe("rise");
  });

  it("lifts brows and chin with the voice, whatever the text says", () => {
    const atEnd = (last: number): { brow: number; chin: number } => {
      const speech = sung([...body, [1.6, last]], "It is?");
      const ends = Array.from({ length: 12 }, (_, seed) => {
        const { curves } = perform(speech, { talkingStyle: "expressive", expression: null, seed });
        const frame = Math.round(1.6 * FRAME_RATE);
        return { brow: curves.browLeft[frame]!, chin: -curves.headPitch[frame]! };
      });
      const mean = (key: "brow" | "chin"): number =>
        ends.reduce((sum, end) => sum + end[key], 0) / ends.length;
      return { brow: mean("brow"), chin: mean("chin") };
    };
    const [risen, fallen] = [atEnd(310), atEnd(140)];
    expect(risen.brow).toBeGreaterThan(fallen.brow + 0.2);
    expect(risen.chin).toBeGreaterThan(fallen.chin + 0.008);
  });
});

describe("accents", () => {
  it("are what is high and loud", () => {
    const speech = syntheticSpeech(
      "pau:.3 t aa:.12 t aa:.12 t aa1:.14 t aa:.12 t aa:.12 t aa:.12 t aa1:.14 t aa:.12 t aa:.12 pau:.5",
    );
    const high = speech.phonemes.filter(({ stress }) => stress === 1);
    const found = accentsOf(hear({ ...speech, phonemes: speech.phonemes.map((p) => ({ ...p, stress: 0 })) }));
    expect(found).toHaveLength(2);
    high.forEach(({ start, end }, k) => {
      expect(found[k]!).toBeGreaterThan(start);
      expect(found[k]!).toBeLessThan(end);
    });
  });

  it("carry the head down and the brows up at their moment", () => {
    const speech = syntheticSpeech(talkOf(40, 7));
    const accents = accentsOf(hear(speech));
    const reach = Math.round(0.6 * FRAME_RATE);
    const around = (curve: (p: Performance) => ArrayLike<number>): number => {
      const sums = new Array<number>(2 * reach + 1).fill(0);
      for (let seed = 0; seed < 6; seed++) {
        const values = curve(perform(speech, { talkingStyle: "expressive", expression: null, seed }));
        for (const accent of accents) {
          const centre = Math.round(accent * FRAME_RATE);
          for (let k = -reach; k <= reach; k++) sums[k + reach]! += values[centre + k] ?? 0;
        }
      }
      return (sums.indexOf(Math.max(...sums)) - reach) / FRAME_RATE;
    };
    const nod = around((p) => p.curves.headPitch);
    const brow = around((p) => p.curves.browLeft);
    console.info(`after the accent: nod ${nod} s, brows ${brow} s`);
    expect(Math.abs(nod)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(brow)).toBeLessThanOrEqual(0.1);
  });
});

describe("blinks", () => {
  it("come at the ends of phrases more often than not", () => {
    const speech = syntheticSpeech(talkOf(60, 8));
    const ends = hear(speech)
      .phrases.slice(0, -1)
      .map(({ end }) => end);
    let [taken, all, near] = [0, 0, 0];
    for (let seed = 0; seed < 6; seed++) {
      const onsets = findBlinks(perform(speech, { talkingStyle: "stable", expression: null, seed })).map(
        ({ onset }) => onset / FRAME_RATE,
      );
      const isNear = (onset: number, end: number): boolean => onset > end - 0.2 && onset < end + 0.4;
      taken += ends.filter((end) => onsets.some((onset) => isNear(onset, end))).length;
      near += onsets.filter((onset) => ends.some((end) => isNear(onset, end))).length;
      all += onsets.length;
    }
    const share = taken / (6 * ends.length);
    console.info(
      `phrase ends with a blink ${share.toFixed(2)}, blinks at phrase ends ${(near / all).toFixed(2)}`,
    );
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.85);
  });
});

describe("the chin", () => {
  it("goes up and down with the voice, besides the nods", () => {
    const lively = sung(
      [0, 1, 2, 3].flatMap((k) => [[0.3 + 2.4 * k, 150] as const, [1.5 + 2.4 * k, 260] as const]),
      "La.",
    );
    // The same voice that goes a quarter as far: its accents are the same, because they are told by comparison.
    const f0Hz = lively.melody.f0Hz.map((hertz) => (hertz > 0 ? 197 * (hertz / 197) ** 0.25 : 0));
    const even: Speech = { ...lively, melody: { ...lively.melody, f0Hz } };
    expect(accentsOf(hear(even))).toEqual(accentsOf(hear(lively)));
    const { height } = hear(lively);
    const frames = Math.floor(lively.duration * FRAME_RATE);
    const heard = Float64Array.from({ length: frames }, (_, f) => height[4 * f] ?? 0);
    const chin = new Float64Array(frames);
    for (let seed = 0; seed < 6; seed++) {
      const options = { talkingStyle: "expressive", expression: null, seed } as const;
      const [up, flat] = [perform(lively, options).curves.headPitch, perform(even, options).curves.headPitch];
      for (let f = 0; f < frames; f++) chin[f]! += (flat[f]! - up[f]!) / 6;
    }
    const r = correlation(heard, chin);
    const size = (180 / Math.PI) * Math.max(...chin);
    console.info(`chin and pitch: r ${r.toFixed(2)}, up to ${size.toFixed(2)} degrees`);
    expect(r).toBeGreaterThan(0.6);
    expect(size).toBeGreaterThan(0.2);
  });
});

const PROMPTS = [
  "Hey friends! Welcome to the GPU force podcast and today we are going to discuss about the rising GPU cost!",
  "The quick brown fox jumped over the lazy dog. Did you see it? Nobody believed the story, but my sister took a photograph.",
];

describe("a recording", () => {
  it("is heard like the synthesis of the same text, and moves the face alike", async () => {
    const counts = { accents: [0, 0, 0], bounds: [0, 0, 0], stressed: [0, 0, 0, 0], blinks: [0, 0, 0] };
    const likeness = { headPitch: 0, headYaw: 0, browLeft: 0 };
    const tally = (to: number[], a: readonly number[], b: readonly number[], tolerance: number): void => {
      to[0]! += partners(a, b, tolerance);
      to[1]! += a.length;
      to[2]! += b.length;
    };
    let clips = 0;
    for (const voice of [null, "rms"]) {
      for (const prompt of PROMPTS) {
        const known = await synthesizeSpeech({ prompt, voice });
        const heard = await speechFromRecording({ samples: known.samples });
        const [a, b] = [hear(known), hear(heard)];
        tally(counts.accents, accentsOf(a), accentsOf(b), 0.08);
        tally(counts.bounds, boundsOf(phraseSpeech(known).phrases), boundsOf(b.phrases), 0.12);
        countStressed(known, accentsOf(b), counts.stressed);
        for (const seed of [clips]) {
          const options = { talkingStyle: "expressive", expression: null, seed } as const;
          const [p, q] = [perform(known, options), perform(heard, options)];
          for (const name of ["headPitch", "headYaw", "browLeft"] as const) {
            likeness[name] += correlation(p.curves[name], q.curves[name]);
          }
          const onsets = (x: Performance): number[] => findBlinks(x).map(({ onset }) => onset / FRAME_RATE);
          tally(counts.blinks, onsets(p), onsets(q), 0.2);
          clips++;
        }
      }
    }
    const score = ([both, a, b]: readonly number[]): number => (2 * both!) / (a! + b!);
    const [onStressed, accents, stressed, vowels] = counts.stressed as [number, number, number, number];
    const r = (name: keyof typeof likeness): string => (likeness[name] / clips).toFixed(2);
    console.info(
      `F of accents ${score(counts.accents).toFixed(2)}, of phrase boundaries ${score(counts.bounds).toFixed(2)}, ` +
        `of blinks ${score(counts.blinks).toFixed(2)}; r of pitch ${r("headPitch")}, yaw ${r("headYaw")}, brows ${r("browLeft")}; ` +
        `accents on stressed words ${(onStressed / accents).toFixed(2)} (vowels ${(stressed / vowels).toFixed(2)})`,
    );
    expect(score(counts.accents)).toBeGreaterThan(0.7);
    expect(score(counts.bounds)).toBeGreaterThan(0.8);
    expect(score(counts.blinks)).toBeGreaterThan(0.7);
    for (const name of ["headPitch", "headYaw", "browLeft"] as const) {
      expect(likeness[name] / clips, name).toBeGreaterThan(0.7);
    }
    expect(onStressed / accents).toBeGreaterThan(0.7);
  });
});

/** How many accents of a recording fall on stressed vowels of words that can carry one, and how many vowels are such. */
function countStressed(known: Speech, accents: readonly number[], counts: number[]): void {
  const vowels = known.phonemes.filter(({ symbol }) => /^[aeiou]/.test(symbol));
  const isStressed = ({ stress, word }: Speech["phonemes"][number]): boolean =>
    stress > 0 && !isFunctionWord(known.words[word]?.text ?? "");
  for (const accent of accents) {
    counts[1]!++;
    const own = vowels.find(({ start, end }) => accent >= start - 0.02 && accent < end + 0.03);
    if (own !== undefined && isStressed(own)) counts[0]!++;
  }
  counts[2]! += vowels.filter(isStressed).length;
  counts[3]! += vowels.length;
}

describe("whatever is said", () => {
  const sounds = fc.array(
    fc.tuple(fc.constantFrom("aa", "iy0", "ow1", "s", "t", "m", "pau"), fc.integer({ min: 20, max: 900 })),
    { minLength: 1, maxLength: 16 },
  );

  it("phrases, pauses and syllables are in order and within the sound", () => {
    fc.assert(
      fc.property(sounds, (list) => {
        const speech = syntheticSpeech(list.map(([symbol, ms]) => `${symbol}:${ms / 1000}`).join(" "));
        const { phrases, pauses, syllables, height } = hear(speech);
        let reached = 0;
        for (const span of [...phrases, ...pauses].sort((a, b) => a.start - b.start)) {
          expect(span.start).toBeCloseTo(reached, 6);
          expect(span.end).toBeGreaterThan(span.start);
          reached = span.end;
        }
        expect(reached).toBeCloseTo(speech.duration, 6);
        reached = 0;
        for (const { start, peak, end, prominence, pitch } of syllables) {
          expect(start).toBeGreaterThanOrEqual(reached - 1e-9);
          expect(peak).toBeGreaterThan(start);
          expect(end).toBeGreaterThan(peak);
          expect(Number.isFinite(prominence + pitch)).toBe(true);
          reached = end;
        }
        expect(height.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
