import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { decodeWhole as decode } from "../../test/support/decode-whole.js";
import { testDataDir, testFile } from "../../test/support/test-data.js";
import { rms, tone, wavFile } from "../../test/support/wav.js";
import { AssetError, CancelledError } from "../shared/errors.js";
import type { DecodeAudioOptions } from "./decode-audio.js";

async function refusal(bytes: Uint8Array, options: Partial<DecodeAudioOptions> = {}): Promise<AssetError> {
  const error = await decode(bytes, options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AssetError);
  expect((error as AssetError).details.field).toEqual(["audio_url"]);
  return error as AssetError;
}

/** Strongest frequency of a tone, hertz, by its zero crossings. */
function frequencyOf(samples: Float32Array): number {
  let crossings = 0;
  for (let i = 1; i < samples.length; i++) if (samples[i - 1]! < 0 && samples[i]! >= 0) crossings++;
  return (crossings * 48_000) / samples.length;
}

describe("decodeAudio", () => {
  it("keeps length, pitch and level at every sample rate", async () => {
    for (const sampleRate of [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000]) {
      const { samples } = await decode(wavFile([tone(1, 440, 0.5, sampleRate)], { sampleRate }));
      expect(Math.abs(samples.length - 48_000)).toBeLessThanOrEqual(8);
      expect(frequencyOf(samples)).toBeCloseTo(440, -0.5);
      expect(rms(samples)).toBeCloseTo(0.3535, 2);
    }
  });

  it("hears a voice on one side, with opposite signs, or in the centre of 5.1, at its level", async () => {
    const voice = tone(0.5);
    const silence = new Float32Array(voice.length);
    const inverted = voice.map((sample) => -sample);
    const recordings = [
      [voice, voice],
      [silence, voice],
      [voice, inverted],
      [silence, silence, voice, silence, silence, silence],
    ];
    for (const channels of recordings) {
      const { samples } = await decode(wavFile(channels));
      expect(rms(samples)).toBeCloseTo(rms(voice), 2);
    }
  });

  it("turns NaN, infinities and absurd values into silence", async () => {
    const voice = tone(0.5);
    voice.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, -1e30], 1000);
    for (const sampleRate of [48_000, 44_100]) {
      const { samples } = await decode(wavFile([voice], { format: "f32", sampleRate }));
      expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
      expect(rms(samples)).toBeCloseTo(0.3535, 2);
    }
  });

  it("turns a recording beyond full scale down instead of clipping it", async () => {
    const { samples } = await decode(wavFile([tone(0.5, 440, 2)], { format: "f32" }));
    expect(rms(samples)).toBeCloseTo(Math.SQRT1_2, 2);
  });

  it("decodes what is there when the header claims an hour", async () => {
    const start = performance.now();
    const { samples } = await decode(wavFile([tone(0.5)], { claimedDataBytes: 3600 * 96_000 }));
    expect(samples.length).toBe(24_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("refuses more than the limit with both durations", async () => {
    const error = await refusal(wavFile([tone(3)]), { maxDuration: 2 });
    expect(error.code).toBe("audio_duration_too_long");
    expect(error.details.context).toMatchObject({ max_duration: 2, provided_duration: 3 });
    expect((await refusal(wavFile([tone(3), tone(3)]), { maxDuration: 2 })).code).toBe(
      "audio_duration_too_long",
    );
  });

  it("takes the longest length with what an encoder adds, and no more", async () => {
    const longest = { maxDuration: 2 };
    expect((await decode(wavFile([tone(2.1)]), longest)).samples.length).toBe(96_000);
    expect((await refusal(wavFile([tone(2.2)]), longest)).code).toBe("audio_duration_too_long");
    expect((await refusal(wavFile([tone(2.2), tone(2.2)]), longest)).code).toBe("audio_duration_too_long");
  });

  it("refuses what is no sound", async () => {
    const text = new TextEncoder().encode("This is not a sound. ".repeat(500));
    const playlist = new TextEncoder().encode("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n");
    const html = new TextEncoder().encode("<!doctype html><html><body>404</body></html>");
    const header = wavFile([new Float32Array(0)]);
    for (const bytes of [new Uint8Array(0), text, playlist, html, header, header.subarray(0, 20)]) {
      const error = await refusal(bytes);
      expect(error.code).toBe("unsupported_audio_format");
      expect(error.details.context?.supported_formats).toContain(".wav");
    }
  });

  it("survives bytes that were changed anywhere", async () => {
    const file = wavFile([tone(0.2), tone(0.2, 600)], { format: "f32" });
    for (let position = 0; position < 64; position++) {
      const damaged = file.slice();
      damaged[position] = damaged[position]! ^ 0xff;
      const result = await decode(damaged).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(AssetError);
      else
        expect((result as { samples: Float32Array }).samples.every((sample) => Math.abs(sample) <= 1)).toBe(
          true,
        );
    }
  });

  it("stops when it is cancelled", async () => {
    await expect(decode(wavFile([tone(1)]), { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      CancelledError,
    );
  });
});

type Entry = { readonly file: string; readonly duration_s?: number; readonly expected?: string };

const entries: readonly Entry[] =
  testDataDir === null
    ? []
    : (JSON.parse(readFileSync(testFile("MANIFEST.json"), "utf8")) as Entry[]).filter(({ file }) =>
        /^(speech|video)\//.test(file),
      );
/** What is refused, and as what; everything else is decoded to its length. */
const REFUSED: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["speech/s90_bad_zero_byte.wav", ["unsupported_audio_format", "is empty"]],
  ["speech/s91_bad_header_no_samples.wav", ["unsupported_audio_format", "not one sample"]],
  ["speech/s92_bad_text.mp3", ["unsupported_audio_format", "holds no sound that is known"]],
  ["speech/s95_bad_3h_silence.flac", ["audio_duration_too_long", "lasts 10800 s; the limit is 600 s"]],
]);
/** The only ones in which nothing is to be heard. */
const SILENT = /s17_silence_5s|s93_bad_truncated/;

describe.skipIf(testDataDir === null)("decodeAudio on recordings and videos", () => {
  it("has an expectation for every one that is to be refused", () => {
    const rejected = entries.filter(({ expected }) => expected?.startsWith("reject"));
    expect(rejected.map(({ file }) => file).sort()).toEqual([...REFUSED.keys()].sort());
  });

  it.each(entries.map(({ file, duration_s: duration }) => ({ file, duration })))("$file", async (entry) => {
    const { file, duration } = entry;
    const bytes = await readFile(testFile(file));
    const refused = REFUSED.get(file);
    const start = performance.now();
    if (refused) {
      const error = await refusal(bytes);
      expect(error.code).toBe(refused[0]);
      expect(error.message).toContain(refused[1]);
      expect(performance.now() - start).toBeLessThan(3_000);
      return;
    }
    const { samples, warnings } = await decode(bytes);
    expect(Math.abs(samples.length / 48_000 - duration!)).toBeLessThan(0.1);
    expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
    if (!SILENT.test(file)) expect(rms(samples)).toBeGreaterThan(file.includes("minus45db") ? 0.001 : 0.01);
    expect(warnings).toEqual([]);
  });

  it("keeps the level of a voice on one side, with opposite signs and in the centre", async () => {
    const [mono, right, inverted, surround] = await Promise.all(
      [
        "s01_en_m_jfk.wav",
        "s26_fmt_right_channel_only.wav",
        "s30_phase_inverted_stereo.wav",
        "s25_fmt_5p1_48k.wav",
      ].map(async (name) => (await decode(await readFile(testFile(`speech/${name}`)))).samples),
    );
    // All three are beginnings of the first.
    for (const part of [right!, inverted!, surround!])
      expect(rms(part) / rms(mono!.subarray(0, part.length))).toBeCloseTo(1, 1);
  });
});
