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

describe.skipIf(testDataDir === null)("decodeAudio on recordings", () => {
  it.each([
    ["s04_en_f_lj_long.mp3", 233.012],
    ["s05_en_m_libri3436.ogg", 16.745],
    ["s08_fr_dictee.aiff", 2.533],
    ["s14_speech_over_music.m4a", 7.554],
    ["s18_very_short_120ms.wav", 0.12],
    ["s20_fmt_opus_voip.opus", 11],
    ["s21_fmt_webm_opus.webm", 11],
    ["s22_fmt_flac24_96k_stereo.flac", 4],
    ["s23_fmt_mulaw_8k.wav", 11],
    ["s24_fmt_float32_48k_stereo.wav", 3],
    ["s25_fmt_5p1_48k.wav", 2],
    ["s26_fmt_right_channel_only.wav", 5],
    ["s27_fmt_u8_11k.wav", 11],
    ["s29_clipped.mp3", 11],
    ["s30_phase_inverted_stereo.wav", 5],
    ["s93_bad_truncated_claims_1h.wav", 0.5],
    ["s94_bad_nan_inf_float.wav", 1],
  ])("reads %s", async (name, duration) => {
    const { samples } = await decode(await readFile(testFile(`speech/${name}`)));
    expect(Math.abs(samples.length / 48_000 - duration)).toBeLessThan(0.1);
    expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
    // The one without sound is half a second of silence.
    if (!name.startsWith("s93")) expect(rms(samples)).toBeGreaterThan(0.01);
  });

  it.each([
    ["s90_bad_zero_byte.wav", "unsupported_audio_format"],
    ["s91_bad_header_no_samples.wav", "unsupported_audio_format"],
    ["s92_bad_text.mp3", "unsupported_audio_format"],
    ["s95_bad_3h_silence.flac", "audio_duration_too_long"],
  ])("refuses %s as %s, quickly", async (name, code) => {
    const start = performance.now();
    expect((await refusal(await readFile(testFile(`speech/${name}`)))).code).toBe(code);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});
