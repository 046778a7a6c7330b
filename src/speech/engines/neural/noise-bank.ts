import { createRandom } from "../../../shared/random.js";

/**
 * How many numbers a bank holds. Piper draws 192 for each frame, so nothing repeats within a minute; of Kokoro's
 * 216,000 a second, mixed into its excitation far below the voice, the noise comes back every five seconds.
 */
export const BANK_SIZE = 1 << 20;
const SEED = 20_260_101;

/** Kinds of randomness that networks ask for. */
export type NoiseKind = "normal" | "uniform";

/** Numbers for a network that would otherwise draw its own: the same on every machine and in every run. */
export function noiseBank(kind: NoiseKind): Float32Array {
  const random = createRandom(SEED).fork(kind);
  const bank = new Float32Array(BANK_SIZE);
  for (let i = 0; i < bank.length; i++) bank[i] = kind === "normal" ? random.normal() : random.next();
  return bank;
}
