import { type DecodeAudioOptions, decodeAudio } from "../../src/video/index.js";

/** All samples of a recording at 48 kHz, as a talk gets them, with the warnings. */
export async function decodeWhole(
  bytes: Uint8Array,
  options: Partial<DecodeAudioOptions> = {},
): Promise<{ samples: Float32Array; warnings: readonly string[] }> {
  const chunks: Float32Array[] = [];
  const { length, gain, warnings } = await decodeAudio(
    bytes,
    { sampleRate: 48_000, field: ["audio_url"], input: "voice", ...options },
    (chunk) => chunks.push(chunk.slice()),
  );
  const samples = new Float32Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    samples.set(chunk, offset);
    offset += chunk.length;
  }
  return { samples: gain === 1 ? samples : samples.map((sample) => sample * gain), warnings };
}
