const VOWELS = new Set("aa ae ah ao aw ax axr ay eh er ey ih ix iy ow oy uh uw".split(" "));

/** Whether an ARPAbet symbol (lower case, without stress) is a vowel. */
export function isVowel(symbol: string): boolean {
  return VOWELS.has(symbol);
}
