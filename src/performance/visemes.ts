import { isPause, mouthOf } from "./mouth-shapes.js";
import type { Viseme, VisemeName } from "./performance.js";
import type { Phrasing } from "./phrasing.js";

/** The mouth shapes of a speech in order, covering `[0, duration)`; equal neighbours are joined. */
export function listVisemes(phrasing: Phrasing): Viseme[] {
  const visemes: { name: VisemeName; start: number; end: number }[] = [];
  const add = (name: VisemeName, start: number, end: number): void => {
    const previous = visemes[visemes.length - 1];
    if (!(end > start)) return;
    if (previous?.name === name && start - previous.end < 1e-6) previous.end = end;
    else visemes.push({ name, start, end });
  };
  let reached = 0;
  for (const sound of phrasing.sounds) {
    if (sound.start - reached > 1e-6) add("sil", reached, sound.start);
    const mouth = mouthOf(sound.symbol);
    const glide = mouth.glideTo;
    const middle = glide === null ? sound.end : sound.start + 0.6 * (sound.end - sound.start);
    add(isPause(sound.symbol) ? "sil" : mouth.viseme, Math.max(reached, sound.start), middle);
    if (glide !== null) add(glide.viseme, middle, sound.end);
    reached = sound.end;
  }
  if (phrasing.duration - reached > 1e-6) add("sil", reached, phrasing.duration);
  return visemes;
}
