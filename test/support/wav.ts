/** How a WAV file is to be written. */
export type WavOptions = {
  readonly sampleRate?: number;
  readonly format?: "s16" | "f32";
  /** Number of data bytes that the header claims. */
  readonly claimedDataBytes?: number;
};

/** A WAV file (RIFF, PCM or float) of planar channels of equal length. */
export function wavFile(channels: readonly Float32Array[], options: WavOptions = {}): Uint8Array {
  const { sampleRate = 48_000, format = "s16" } = options;
  const sampleBytes = format === "s16" ? 2 : 4;
  const length = channels[0]?.length ?? 0;
  const dataBytes = length * channels.length * sampleBytes;
  const claimed = options.claimedDataBytes ?? dataBytes;
  const file = Buffer.alloc(44 + dataBytes);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(36 + claimed, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(format === "s16" ? 1 : 3, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * channels.length * sampleBytes, 28);
  file.writeUInt16LE(channels.length * sampleBytes, 32);
  file.writeUInt16LE(8 * sampleBytes, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(claimed, 40);
  let offset = 44;
  for (let i = 0; i < length; i++) {
    for (const channel of channels) {
      if (format === "s16")
        file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, channel[i]!)) * 32767), offset);
      else file.writeFloatLE(channel[i]!, offset);
      offset += sampleBytes;
    }
  }
  return file;
}

/** A tone of `seconds` at `frequency` hertz. */
export function tone(seconds: number, frequency = 440, level = 0.5, sampleRate = 48_000): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => level * Math.sin((2 * Math.PI * frequency * i) / sampleRate),
  );
}

/** Root mean square. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
