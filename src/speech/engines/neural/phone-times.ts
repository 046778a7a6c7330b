import type { EnginePhone } from "../speech-engine.js";
import { type Sound, type SpokenSymbol, soundsOf } from "./symbols.js";

/** A gap between words that is shorter than this is no pause but the way from one sound to the next, seconds. */
const SHORTEST_PAUSE = 0.08;
const PUNCTUATION = /[,.?!;:]/;

/** The sound that frames have to fill. */
export type FrameScale = {
  /** Samples of the model's own sound. */
  readonly ownLength: number;
  /** Hertz, of the same. */
  readonly sampleRate: number;
  /** Samples in a frame. */
  readonly hop: number;
};

/** How many frames a sound may be longer or shorter than its durations say. */
const FRAME_TOLERANCE = 2;

/** Seconds in one frame, so that all frames together are the sound; `null` where the numbers cannot be its durations. */
export function secondsPerFrame(
  frames: ArrayLike<number>,
  { ownLength, sampleRate, hop }: FrameScale,
): number | null {
  let total = 0;
  for (let i = 0; i < frames.length; i++) total += frames[i] as number;
  const fits = total > 0 && Math.abs(ownLength / hop - total) <= FRAME_TOLERANCE;
  return fits ? ownLength / total / sampleRate : null;
}

/** Shorter than this no mouth moves, seconds: what is left of rounding. */
const SHORTEST = 0.001;

/**
 * Phones from the frames of each symbol, covering `[0, duration)`.
 *
 * @param frames - one for each symbol
 */
export function phonesFromFrames(
  symbols: readonly SpokenSymbol[],
  frames: ArrayLike<number>,
  frameSeconds: number,
  duration: number,
): EnginePhone[] {
  const times = new Float64Array(symbols.length + 1);
  for (let i = 0; i < symbols.length; i++)
    times[i + 1] = (times[i] as number) + (frames[i] as number) * frameSeconds;
  const time = (i: number): number => Math.min(duration, times[i] as number);
  const sounds = soundsOf(symbols).map((sound) => ({
    sound,
    start: time(sound.first),
    end: time(sound.end),
  }));
  sounds.forEach((here, i) => {
    const next = sounds[i + 1];
    if (next === undefined || next.start <= here.end) return;
    const between = symbols.slice(here.sound.end, next.sound.first);
    const isPause =
      next.start - here.end >= SHORTEST_PAUSE || between.some(({ text }) => PUNCTUATION.test(text));
    if (isPause) return;
    const middle = (here.end + next.start) / 2;
    here.end = middle;
    next.start = middle;
  });
  return layOut(sounds, duration);
}

/** Phones of sounds whose times are known and in order; what is between them is a pause. */
export function layOut(
  sounds: readonly { readonly sound: Sound; readonly start: number; readonly end: number }[],
  duration: number,
): EnginePhone[] {
  const phones: EnginePhone[] = [];
  let at = 0;
  const add = (symbol: string, end: number, stress: 0 | 1 | 2, token: number): void => {
    if (end - at < SHORTEST) return;
    phones.push({ symbol, start: at, end, stress, token });
    at = end;
  };
  for (const { sound, start, end } of sounds) {
    add("pau", Math.min(start, duration), 0, -1);
    const from = at;
    const room = Math.min(end, duration) - from;
    let share = 0;
    sound.parts.forEach((part, i) => {
      share += part.share;
      const isLast = i === sound.parts.length - 1;
      add(part.symbol, isLast ? from + room : from + room * share, sound.stress, sound.token);
    });
  }
  add("pau", duration, 0, -1);
  const last = phones.at(-1);
  if (last === undefined) return [{ symbol: "pau", start: 0, end: duration, stress: 0, token: -1 }];
  phones[phones.length - 1] = { ...last, end: duration };
  return phones;
}
