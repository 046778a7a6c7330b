import type { EspeakEvent } from "./espeak-messages.js";
import { arpabetOfIpa, stressOfIpa } from "./ipa.js";
import type { EnginePhone } from "./speech-engine.js";

/** Shorter than this no mouth moves, seconds: eSpeak times some releases as nothing. */
const SHORTEST = 0.004;

/**
 * The phones of a text that eSpeak NG has spoken, from its events, covering `[0, duration)`. Each belongs to the
 * space-separated word of the text that eSpeak was reading.
 */
export function espeakPhones(text: string, events: readonly EspeakEvent[], duration: number): EnginePhone[] {
  const sounds = soundsOf(text, events, duration);
  const phones: EnginePhone[] = [];
  let start = 0;
  const add = (symbol: string, end: number, stress: 0 | 1 | 2, token: number): void => {
    const reach = Math.min(duration, end);
    if (reach - start < SHORTEST) return;
    const last = phones.at(-1);
    if (symbol === "pau" && last?.symbol === "pau") phones[phones.length - 1] = { ...last, end: reach };
    else phones.push({ symbol, start, end: reach, stress: symbol === "pau" ? 0 : stress, token });
    start = reach;
  };
  for (const sound of sounds) {
    const parts = arpabetOfIpa(sound.ipa);
    if (parts.length === 0) add("pau", sound.end, 0, -1);
    let end = Math.max(start, sound.start);
    for (const { symbol, share } of parts) {
      end += share * (sound.end - Math.max(sound.start, start));
      add(symbol, end, stressOfIpa(sound.ipa), sound.token);
    }
  }
  const last = phones.at(-1);
  if (last === undefined || last.symbol === "pau") {
    if (last !== undefined) phones[phones.length - 1] = { ...last, end: duration };
    return last === undefined ? [{ symbol: "pau", start: 0, end: duration, stress: 0, token: -1 }] : phones;
  }
  if (duration > start) phones.push({ symbol: "pau", start, end: duration, stress: 0, token: -1 });
  return phones;
}

/** IPA of each space-separated word of a text; empty for what was not said. */
export function espeakTokens(text: string, events: readonly EspeakEvent[]): string[] {
  const words = text.split(" ").map(() => "");
  for (const { ipa, token } of soundsOf(text, events, 0)) {
    const plain = ipa.replace(/\([^)]*\)/g, "");
    if (token >= 0) words[token] += plain;
  }
  return words;
}

type Sound = { ipa: string; start: number; end: number; token: number };

function soundsOf(text: string, events: readonly EspeakEvent[], duration: number): Sound[] {
  const tokenAt = tokenPositions(text);
  const sounds: Sound[] = [];
  let token = 0;
  for (const event of events) {
    if (event.type === "word") {
      // A word that is read as several comes back to where it began; positions never go back otherwise.
      token = Math.max(token, tokenAt[Math.min(Math.max(0, event.position), tokenAt.length - 1)] ?? 0);
      continue;
    }
    const start = event.audioMs / 1000;
    const last = sounds.at(-1);
    if (last !== undefined) last.end = start;
    // A mark of softness on its own belongs to the sound before it.
    if (event.ipa === "ʲ" && last !== undefined && last.ipa !== "") last.ipa += event.ipa;
    else sounds.push({ ipa: event.ipa, start, end: duration, token: event.ipa === "" ? -1 : token });
  }
  const last = sounds.at(-1);
  if (last !== undefined) last.end = Math.max(last.start, duration);
  return sounds;
}

/** For each character of a text, which space-separated word it belongs to. */
function tokenPositions(text: string): number[] {
  let token = 0;
  return [...text].map((character) => (character === " " ? token++ : token));
}
