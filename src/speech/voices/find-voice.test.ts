import { describe, expect, it } from "vitest";
import { InputError } from "../../shared/errors.js";
import { DEFAULT_VOICE, NAMED_VOICES, SPEAKER_VOICES } from "./catalogue.js";
import { findVoice, VOICE_NAMES } from "./find-voice.js";

describe("findVoice", () => {
  it("knows the 103 published names exactly, spaces included", () => {
    expect(NAMED_VOICES).toHaveLength(103);
    expect(NAMED_VOICES.filter((voice) => voice.name.endsWith(" "))).toHaveLength(6);
    for (const voice of [...NAMED_VOICES, ...SPEAKER_VOICES]) expect(findVoice(voice.name)).toBe(voice);
    expect(new Set(VOICE_NAMES).size).toBe(VOICE_NAMES.length);
  });

  it("then trims and ignores case", () => {
    expect(findVoice("archer").name).toBe("Archer ");
    expect(findVoice("  MELISSA ").name).toBe("Melissa");
    expect(findVoice("Hope").name).toBe("Hope");
    expect(findVoice("SLT").name).toBe("slt");
  });

  it("takes the default for nothing", () => {
    expect(findVoice(null)).toBe(DEFAULT_VOICE);
    expect(findVoice("  ")).toBe(DEFAULT_VOICE);
  });

  it.each([
    ["Mellissa", "Melissa"],
    ["chloe", "Cute Chloe - Friendly 😊"],
    ["awb_time", "awb"],
  ])("refuses %s and suggests %s", (name, suggestion) => {
    let caught: unknown;
    try {
      findVoice(name);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InputError);
    const { code, message, details } = caught as InputError;
    expect(code).toBe("one_of");
    expect(details.field).toEqual(["voice"]);
    expect(details.context!.expected).toBe(VOICE_NAMES);
    expect(message).toContain(suggestion);
  });

  it("survives absurd names", () => {
    for (const name of ["x".repeat(100_000), "\0", "🎉", "__proto__"])
      expect(() => findVoice(name)).toThrow(InputError);
  });
});
