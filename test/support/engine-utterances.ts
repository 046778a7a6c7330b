import type { EngineUtterance } from "../../src/speech/engines/speech-engine.js";

/** The sounds of each word, with stress. */
export function byToken({ phones }: EngineUtterance): string[] {
  const tokens: string[][] = [];
  for (const { token, symbol, stress } of phones) {
    if (token < 0) continue;
    tokens[token] ??= [];
    tokens[token].push(symbol + (stress || ""));
  }
  return tokens.map((symbols) => symbols.join(" "));
}
