import { describe, expect, it } from "vitest";
import type { InputError } from "../../shared/errors.js";
import { checkLanguage } from "./language.js";

function refusal(text: string): InputError {
  try {
    checkLanguage(text, text);
  } catch (error) {
    return error as InputError;
  }
  throw new Error("was not refused");
}

describe("checkLanguage", () => {
  it.each([
    ["こんにちは。今日は天気がいいですね。", "Japanese"],
    ["مرحبا بكم، كيف حالكم اليوم؟", "Arabic"],
    ["Привет, как дела?", "Cyrillic"],
    ["今天天气很好", "Chinese"],
    ["안녕하세요", "Korean"],
    ["שלום", "Hebrew"],
    ["नमस्ते दुनिया", "Hindi"],
    ["ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "a script other than Latin"],
  ])("refuses %s", (text, language) => {
    const error = refusal(text);
    expect(error.code).toBe("feature_not_supported");
    expect(error.details.field).toEqual(["prompt"]);
    expect(error.message).toContain(language);
    expect(error.message).toContain("audio_url");
  });

  it.each([
    ["Guten Tag! Schön, dass Sie hier sind.", "German"],
    ["Hola a todos, bienvenidos al programa.", "Spanish"],
    ["Bonjour, je suis dans une maison avec vous", "French"],
  ])("warns of %s", (text, language) => {
    expect(checkLanguage(text, text).join()).toContain(language);
  });

  it("passes English with foreign names, emoji and a few other letters", () => {
    expect(checkLanguage("The café was full and we had a naïve plan 🎉.", "")).toEqual([]);
    expect(checkLanguage("Hello, you are in the year 2024 & it is 5 o'clock", "")).toEqual([]);
    expect(checkLanguage("They say the word привет to everyone in the whole wide world", "")).toHaveLength(1);
    expect(checkLanguage("12345", "")).toEqual([]);
  });
});
