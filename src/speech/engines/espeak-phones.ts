import type { EspeakEvent } from "./espeak-messages.js";
import { arpabetOfIpa, stressOfIpa } from "./ipa.js";
import type { EnginePhone } from "./speech-engine.js";

/** Shorter than this no mouth moves, seconds: eSpeak times some releases as nothing. */
const SHORTEST = 0.004;
/** Silence up to this long between sounds is the release of the first of them, seconds. */
const SHORTEST_PAUSE = 0.06;

/**
 * The phones of a text that eSpeak NG has spoken, from its events, covering `[0, duration)`. Each belongs to the
 * space-separated word of the text that eSpeak was reading.
 */
export function espeakPhones(text: string, events: readonly EspeakEvent[], duration: number): EnginePhone[] {
  const timeline = new Timeline(duration);
  for (const sound of soundsOf(text, events, duration)) {
    const parts = arpabetOfIpa(sound.ipa);
    if (parts.length === 0) timeline.silence(sound.end);
    const stress = stressOfIpa(sound.ipa);
    const start = Math.max(timeline.end, sound.start);
    let end = start;
    for (const { symbol, share } of parts) {
      end += share * (sound.end - start);
      timeline.sound({ symbol, end, stress, token: sound.token });
    }
  }
  return shareOut(timeline.finish(), text);
}

/** Phones one after the other, without gaps. */
class Timeline {
  readonly #phones: EnginePhone[] = [];
  readonly #duration: number;
  /** End of the last phone, seconds. */
  end = 0;

  constructor(duration: number) {
    this.#duration = duration;
  }

  sound(phone: Omit<EnginePhone, "start">): void {
    const end = Math.min(this.#duration, phone.end);
    if (end - this.end < SHORTEST) return;
    this.#phones.push({ ...phone, start: this.end, end });
    this.end = end;
  }

  silence(until: number): void {
    const last = this.#phones.at(-1);
    const end = Math.min(this.#duration, until);
    if (last !== undefined && (last.symbol === "pau" || end - this.end < SHORTEST_PAUSE)) this.#stretch(end);
    else this.sound({ symbol: "pau", end, stress: 0, token: -1 });
  }

  finish(): EnginePhone[] {
    if (this.#phones.length === 0)
      return [{ symbol: "pau", start: 0, end: this.#duration, stress: 0, token: -1 }];
    if (this.#duration - this.end < SHORTEST_PAUSE) this.#stretch(this.#duration);
    else this.silence(this.#duration);
    return this.#phones;
  }

  #stretch(end: number): void {
    this.#phones[this.#phones.length - 1] = { ...this.#phones.at(-1)!, end };
    this.end = end;
  }
}

/** Words that eSpeak reads as one get their parts of it, by their letters. */
function shareOut(phones: readonly EnginePhone[], text: string): EnginePhone[] {
  const letters = text.split(" ").map((word) => word.match(/[\p{L}\p{N}]/gu)?.length ?? 0);
  const spoken = [...new Set(phones.map(({ token }) => token))].filter((token) => token >= 0);
  return phones.map((phone) => {
    const next = spoken[spoken.indexOf(phone.token) + 1] ?? letters.length;
    if (phone.token < 0 || next - phone.token < 2) return phone;
    const own = phones.filter(({ token }) => token === phone.token);
    const [start, end] = [own[0]!.start, own.at(-1)!.end];
    const together = letters.slice(phone.token, next);
    const sum = together.reduce((a, b) => a + b, 0);
    let reach = ((phone.start + phone.end) / 2 - start) / Math.max(1e-9, end - start);
    let token = phone.token;
    for (const count of together.slice(0, -1)) {
      if (reach * sum < count) break;
      reach -= count / sum;
      token++;
    }
    return { ...phone, token };
  });
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
