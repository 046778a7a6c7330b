import { rm } from "node:fs/promises";
import type { Asset } from "../assets/index.js";
import { AssetError, EngineError } from "../shared/errors.js";
import { readSamples } from "../shared/sample-file.js";
import { SAMPLE_RATE } from "../speech/index.js";
import type { MediaProcess } from "./media-process.js";

/** How a process ends whose memory was damaged, or that gave itself up: the file did it, and will do it again. */
const CRASHES: ReadonlySet<unknown> = new Set([
  "SIGSEGV",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGTRAP",
]);

/**
 * The sound of a recording of any kind, or of a video with sound.
 *
 * @param path - of a file that is used on the way, and removed
 * @returns mono samples in `[-1, 1]` at {@link SAMPLE_RATE}
 * @throws {@link AssetError} `unsupported_audio_format`, `audio_duration_too_long`
 * @throws {@link EngineError} when the media process dies of something else than the file
 * @throws {@link CancelledError} when the signal fires
 */
export async function decodeRecording(
  asset: Asset,
  media: MediaProcess,
  options: { readonly path: string; readonly field: readonly string[]; readonly signal: AbortSignal },
): Promise<{ samples: Float32Array; warnings: readonly string[] }> {
  const { path, field, signal } = options;
  const job = { bytes: asset.bytes, sampleRate: SAMPLE_RATE, field, input: asset.origin, path };
  const { sound, gain, warnings } = await media.decodeAudio(job, { signal }).catch((error: unknown) => {
    throw isCrash(error) ? crashed(asset, field, error) : error;
  });
  const samples = await readSamples(sound);
  await rm(path, { force: true });
  if (gain !== 1) for (let i = 0; i < samples.length; i++) samples[i]! *= gain;
  return { samples, warnings };
}

/** Whether the media process died in a way for which only the file can be blamed that it was decoding. */
export function isCrash(error: unknown): error is EngineError {
  return error instanceof EngineError && CRASHES.has(error.details.context?.signal);
}

function crashed(asset: Asset, field: readonly string[], cause: EngineError): AssetError {
  const message =
    "The audio file is damaged in a way that makes its decoder fail. Save it anew, for example as .wav or .mp3.";
  return new AssetError("unsupported_audio_format", message, {
    field,
    input: asset.origin,
    context: { supported_formats: [".wav", ".mp3"] },
    cause,
  });
}
