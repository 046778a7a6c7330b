import { cos, log } from "./portable-math.js";

/** A seeded source of randomness; the same seed gives the same sequence on every machine. */
export type Random = {
  /** Uniform in `[0, 1)`. */
  next(): number;
  /** Uniform in `[low, high)`. */
  between(low: number, high: number): number;
  /** Normal with mean 0 and standard deviation 1 (Box-Muller). */
  normal(): number;
  /** Exponential with the given mean. */
  exponential(mean: number): number;
  /** An independent source for a named part, so that adding one part does not move the others. */
  fork(name: string): Random;
};

/** Creates a source from an integer seed (sfc32, PractRand-tested, public domain by Chris Doty-Humphrey). */
export function createRandom(seed: number): Random {
  return fromState(0x9e3779b9 ^ seed, 0x243f6a88 + Math.floor(seed / 4294967296), 0xb7e15162, seed | 0);
}

function fromState(s0: number, s1: number, s2: number, s3: number): Random {
  let a = s0 | 0;
  let b = s1 | 0;
  let c = s2 | 0;
  let d = s3 | 0;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * log(1 - next())) * cos(2 * Math.PI * next()),
    exponential: (mean) => -mean * log(1 - next()),
    fork: (name) => {
      let h = 2166136261;
      for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 16777619);
      return fromState(s0 ^ h, s1, s2 + h, s3);
    },
  };
}
