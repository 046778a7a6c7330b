/** Smooth falloffs of multiplications and divisions alone: fast, and the same on every machine. */

/** e^-q for q >= 0 within .4 %, and 1 for q < 0 (rational, Game Programming Gems 4, 1.10). */
export function fade(q: number): number {
  return q <= 0 ? 1 : 1 / (1 + q * (1 + q * (0.48 + 0.235 * q)));
}

/** e^(-q^2) within .03, zero beyond |q| = 2.83. */
export function bell(q: number): number {
  const t = 1 - 0.125 * q * q;
  if (t <= 0) return 0;
  const t2 = t * t;
  return t2 * t2 * t2 * t2;
}

/** Smooth 0 to 1 as q goes 0 to 1. */
export function step01(q: number): number {
  return q <= 0 ? 0 : q >= 1 ? 1 : q * q * (3 - 2 * q);
}
