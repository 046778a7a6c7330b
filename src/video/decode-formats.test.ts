import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeWhole } from "../../test/support/decode-whole.js";
import { encodeSound, type SoundFile } from "../../test/support/encode-sound.js";
import { rms, tone, wavFile } from "../../test/support/wav.js";
import { AssetError } from "../shared/errors.js";

type Case = readonly [string, SoundFile];

const voice = (sampleRate = 48_000) => tone(1, 440, 0.5, sampleRate);
const silence = new Float32Array(48_000);
const inverted = (samples: Float32Array) => samples.map((sample) => -sample);

const MONO: readonly Case[] = [
  ["wav u8", { container: "wav", codec: "pcm_u8" }],
  ["wav s24", { container: "wav", codec: "pcm_s24le" }],
  ["wav f64", { container: "wav", codec: "pcm_f64le" }],
  ["wav A-law", { container: "wav", codec: "pcm_alaw", sampleRate: 8_000 }],
  ["wav ADPCM", { container: "wav", codec: "adpcm_ms" }],
  ["wav G.726", { container: "wav", codec: "g726", sampleRate: 8_000, bitRate: 32_000 }],
  ["wav mp3", { container: "wav", codec: "libmp3lame" }],
  ["w64", { container: "w64", codec: "pcm_f32le" }],
  ["aiff-c", { container: "aiff", codec: "pcm_mulaw", sampleRate: 8_000 }],
  ["au", { container: "au", codec: "pcm_f64be" }],
  ["caf ALAC", { container: "caf", codec: "alac" }],
  ["voc", { container: "voc", codec: "pcm_s16le" }],
  ["sox", { container: "sox", codec: "pcm_s32le" }],
  ["flac", { container: "flac", codec: "flac" }],
  ["wavpack", { container: "wv", codec: "wavpack" }],
  ["tta", { container: "tta", codec: "tta" }],
  ["mka TTA", { container: "matroska", codec: "tta" }],
  ["ogg FLAC", { container: "ogg", codec: "flac" }],
  ["wma 1", { container: "asf", codec: "wmav1" }],
  ["LATM", { container: "latm", codec: "aac" }],
  ["RealMedia", { container: "rm", codec: "ac3", bitRate: 96_000 }],
  ["flv Nellymoser", { container: "flv", codec: "nellymoser", sampleRate: 44_100 }],
  ["mkv with picture", { container: "matroska", codec: "libopus", video: "mpeg4" }],
  ["wtv with picture", { container: "wtv", codec: "mp2", video: "mpeg2video" }],
];

/** Both sides with opposite signs: what is averaged would be silence. */
const INVERTED: readonly Case[] = [
  ["mp3", { container: "mp3", codec: "libmp3lame", bitRate: 192_000 }],
  ["mpg with picture", { container: "mpeg", codec: "mp2", video: "mpeg1video", bitRate: 192_000 }],
  ["ts with picture", { container: "mpegts", codec: "aac", video: "mpeg2video" }],
  ["avi with picture", { container: "avi", codec: "libmp3lame", video: "mpeg4", bitRate: 192_000 }],
  ["webm", { container: "webm", codec: "libopus" }],
  ["wma with picture", { container: "asf", codec: "wmav2", video: "mpeg4" }],
  ["m4a ALAC", { container: "ipod", codec: "alac" }],
  ["vob", { container: "vob", codec: "ac3", video: "mpeg2video", bitRate: 192_000 }],
  ["S/PDIF", { container: "spdif", codec: "ac3", bitRate: 192_000 }],
  ["DTS", { container: "dts", codec: "dca", bitRate: 768_000 }],
  ["TrueHD", { container: "truehd", codec: "truehd" }],
];

/** The voice in the centre only. */
const SURROUND: readonly Case[] = [
  ["ac3", { container: "ac3", codec: "ac3", bitRate: 448_000 }],
  ["eac3", { container: "eac3", codec: "eac3", bitRate: 448_000 }],
  ["mp4", { container: "mp4", codec: "aac", video: "mpeg4", bitRate: 384_000 }],
  ["flac", { container: "flac", codec: "flac" }],
  ["webm", { container: "webm", codec: "libopus", bitRate: 384_000 }],
];

async function expectTone(channels: readonly Float32Array[], file: SoundFile): Promise<void> {
  const { samples, warnings } = await decodeWhole(await encodeSound(channels, file));
  // Encoders fill up their last block, and some cut off what their first one needs.
  expect(Math.abs(samples.length / 48_000 - 1)).toBeLessThan(0.05);
  const middle = samples.subarray(9_600, 38_400);
  expect(rms(middle) / rms(channels.find((channel) => channel[100] !== 0)!)).toBeGreaterThan(0.9);
  expect(rms(middle)).toBeLessThan(0.37);
  let crossings = 0;
  for (let i = 1; i < middle.length; i++) if (middle[i - 1]! < 0 && middle[i]! >= 0) crossings++;
  expect(Math.abs(crossings / 0.6 - 440)).toBeLessThan(10);
  expect(warnings).toEqual([]);
}

describe("decodeAudio of every kind of file", () => {
  it.each(MONO)("%s", (_, file) => expectTone([voice(file.sampleRate)], file));

  it.each(INVERTED)("%s, opposite signs", (_, file) => expectTone([voice(), inverted(voice())], file));

  it.each(INVERTED)("%s, on the right only", (_, file) => expectTone([silence, voice()], file));

  it.each(SURROUND)("%s, in the centre of 5.1", (_, file) =>
    expectTone([silence, silence, voice(), silence, silence, silence], file),
  );

  it("takes the ending of the name where the bytes tell nothing", async () => {
    const bytes = await encodeSound([voice(16_000)], {
      container: "g722",
      codec: "g722",
      sampleRate: 16_000,
    });
    const { samples } = await decodeWhole(bytes, { input: "https://example.com/calls/7.g722" });
    expect(samples.length).toBe(48_000);
    expect(rms(samples.subarray(4_800))).toBeCloseTo(0.3535, 1);
  });

  it.each(["mp4", "matroska", "mpeg", "avi", "mpegts"])(
    "says that a %s has no sound track",
    async (container) => {
      const video = container === "mpeg" ? "mpeg1video" : "mpeg4";
      const bytes = await encodeSound([voice()], { container, codec: null, video });
      const error = await decodeWhole(bytes).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(AssetError);
      expect(error).toMatchObject({ code: "unsupported_audio_format", details: { field: ["audio_url"] } });
      expect((error as AssetError).message).toContain(
        "is a video without a sound track. Give a recording, or a video with sound",
      );
    },
  );
});

describe("decodeAudio of a file that says how long it is, wrongly", () => {
  /** A FLAC file of 3 s whose header says that it has so many samples. */
  async function flacClaiming(samples: number): Promise<Uint8Array> {
    const bytes = Buffer.from(await encodeSound([tone(3)], { container: "flac", codec: "flac" }));
    bytes[21] = bytes[21]! & 0xf0;
    bytes.writeUInt32BE(samples, 22);
    return bytes;
  }

  it("is refused where the limit is passed, however short it claims to be", async () => {
    const error = await decodeWhole(await flacClaiming(24_000), { maxDuration: 2 }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "audio_duration_too_long",
      details: { context: { max_duration: 2 } },
    });
    expect((error as AssetError).details.context).not.toHaveProperty("provided_duration");
  });

  it("is decoded as far as it goes when it claims an hour", async () => {
    const { samples, warnings } = await decodeWhole(await flacClaiming(3600 * 48_000));
    expect(samples.length).toBe(144_000);
    expect(warnings).toEqual([expect.stringContaining("should last 3600.0 s, 3.0 s could be read")]);
  });
});

describe("decodeAudio of damaged files", () => {
  const kinds: readonly SoundFile[] = [
    { container: "wav", codec: "pcm_s16le" },
    { container: "mp3", codec: "libmp3lame" },
    { container: "mpeg", codec: "mp2", video: "mpeg1video" },
    { container: "mpegts", codec: "aac", video: "mpeg2video" },
    { container: "avi", codec: "libmp3lame", video: "mpeg4" },
    { container: "flac", codec: "flac" },
    { container: "webm", codec: "libopus" },
    { container: "mp4", codec: "aac" },
    { container: "ogg", codec: "libvorbis" },
    { container: "asf", codec: "wmav2" },
    { container: "voc", codec: "pcm_s16le" },
    { container: "ac3", codec: "ac3", bitRate: 128_000 },
  ];
  let files: Uint8Array[];
  beforeAll(async () => {
    const short = tone(0.3);
    files = await Promise.all(kinds.map((kind) => encodeSound([short, inverted(short)], kind)));
  });

  /** Either sound or a typed error, and soon. */
  async function expectSense(bytes: Uint8Array): Promise<void> {
    const start = performance.now();
    const result = await decodeWhole(bytes).catch((caught: unknown) => caught);
    expect(performance.now() - start).toBeLessThan(10_000);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(AssetError);
      expect(result).toMatchObject({ details: { field: ["audio_url"] } });
      return;
    }
    const { samples } = result as { samples: Float32Array };
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
  }

  const which = fc.nat(kinds.length - 1);
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it("cut off anywhere", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(which, share, (kind, at) =>
        expectSense(files[kind]!.subarray(0, Math.floor(files[kind]!.length * at))),
      ),
      { numRuns: 150 },
    );
  });

  it("with other bytes anywhere", { timeout: 60_000 }, async () => {
    const changes = fc.array(fc.tuple(share, fc.boolean(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(which, changes, (kind, list) => {
        const bytes = files[kind]!.slice();
        // Half of them in the first bytes, where the headers are.
        for (const [at, isHeader, value] of list)
          bytes[Math.floor((isHeader ? Math.min(512, bytes.length) : bytes.length - 1) * at)] = value;
        return expectSense(bytes);
      }),
      { numRuns: 200 },
    );
  });

  it.each([9, 17, 64, 255])(
    "%i channels, more than FFmpeg's lists of them have room for",
    async (channels) => {
      const { samples } = await decodeWhole(wavFile(Array.from({ length: channels }, () => tone(0.1))));
      expect(samples.length).toBe(4_800);
      expect(rms(samples)).toBeCloseTo(0.3535, 2);
    },
  );

  it.each([999, 4_000_000_000])("%i samples per second", async (sampleRate) => {
    const bytes = Buffer.from(wavFile([tone(0.1)]));
    bytes.writeUInt32LE(sampleRate, 24);
    const error = await decodeWhole(bytes).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "unsupported_audio_format" });
  });
});
