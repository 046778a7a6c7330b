import { describe, expect, it } from "vitest";
import { alignPhones } from "./align-phones.js";
import { ipaOfArpabet } from "./arpabet-to-ipa.js";
import { phonesFromFrames, secondsPerFrame } from "./phone-times.js";
import { type SpokenSymbol, soundsOf } from "./symbols.js";

/** Symbols of words that are separated by spaces; marks stand alone. */
function symbolsOf(text: string): SpokenSymbol[] {
  let token = 0;
  return [...text.normalize("NFD")].map((letter) => {
    if (letter === " ") token++;
    return { text: letter, token: /[ ,.]/.test(letter) ? -1 : token };
  });
}

function read(text: string): string {
  return soundsOf(symbolsOf(text))
    .map(
      ({ parts, stress, token }) => `${parts.map(({ symbol }) => symbol).join("+")}${stress || ""}@${token}`,
    )
    .join(" ");
}

describe("sounds of symbols", () => {
  it("are diphthongs and affricates as one, each in its own word", () => {
    expect(read("tʃˈeɪndʒ")).toBe("ch@0 ey1@0 n@0 jh@0");
    expect(read("t ʃ")).toBe("t@0 sh@1");
    expect(read("həlˈoʊ wˈɜːld")).toBe("hh@0 ax@0 l@0 ow1@0 w@1 er1@1 l@1 d@1");
  });

  it("keep apart what is two sounds", () => {
    expect(read("hˈɑːthaʊs")).toBe("hh@0 aa1@0 t@0 hh@0 aw@0 s@0");
    // A stressed vowel begins a syllable of its own.
    expect(read("eˈɪ")).toBe("ey@0".replace("ey", "eh").concat(" ih1@0"));
    expect(read("faɪə")).toBe("f@0 ay@0 ax@0");
  });

  it("have their marks, and take stress from before their syllable", () => {
    const [first, second] = soundsOf(symbolsOf("ˈbuː"));
    expect([first!.first, first!.end, first!.stress]).toEqual([0, 2, 1]);
    expect([second!.first, second!.end, second!.stress]).toEqual([2, 4, 1]);
    expect(read("ɹˌoʊzᵻz")).toBe("r@0 ow2@0 z@0 ih@0 z@0");
    expect(read("bɔ̃")).toBe("b@0 ao@0");
  });

  it("are none where there is nothing to hear", () => {
    expect(soundsOf([])).toEqual([]);
    expect(read("ˈː ̃ ,")).toBe("");
  });
});

describe("phone times from frames", () => {
  it("cover the sound, with short gaps shared and long ones as pauses", () => {
    const symbols = symbolsOf("m n, m");
    const frames = [4, 4, 4, 10, 2, 4];
    const phones = phonesFromFrames(symbols, frames, 0.01, 0.28);
    expect(
      phones.map(({ symbol, start, end }) => [symbol, Math.round(start * 100), Math.round(end * 100)]),
    ).toEqual([
      ["m", 0, 6],
      ["n", 6, 12],
      ["pau", 12, 24],
      ["m", 24, 28],
    ]);
    const long = phonesFromFrames(symbolsOf("m n"), [4, 9, 4], 0.01, 0.17);
    expect(long.map(({ symbol }) => symbol)).toEqual(["m", "pau", "n"]);
  });

  it("know which numbers can be durations", () => {
    const sound = { ownLength: 25_600, sampleRate: 22_050, hop: 256 };
    expect(secondsPerFrame([40, 60], sound)).toBeCloseTo(256 / 22_050, 12);
    expect(secondsPerFrame([40, 60.5], sound)).not.toBeNull();
    for (const wrong of [[0, 0], [1e9, 1], [1, 1], [], [30, 47], [90, 40], [Number.POSITIVE_INFINITY]]) {
      expect(secondsPerFrame(wrong, sound)).toBeNull();
    }
  });
});

describe("phone times without frames", () => {
  const sampleRate = 16_000;
  const sound = (from: number, to: number, seconds: number): Float32Array =>
    Float32Array.from({ length: seconds * sampleRate }, (_, i) =>
      i >= from * sampleRate && i < to * sampleRate ? Math.sin(i / 9) / 2 : 0,
    );

  it("share what can be heard", async () => {
    const phones = await alignPhones({
      samples: sound(0.2, 0.9, 1.2),
      sampleRate,
      symbols: symbolsOf("bˈaɪ, s"),
    });
    expect(phones.map(({ symbol, token }) => `${symbol}@${token}`)).toEqual([
      "pau@-1",
      "b@0",
      "ay@0",
      "pau@-1",
      "s@1",
      "pau@-1",
    ]);
    expect(phones[0]!.end).toBeCloseTo(0.2, 2);
    expect(phones.at(-1)!.start).toBeCloseTo(0.9, 2);
    expect(phones.at(-1)!.end).toBe(1.2);
    expect(phones[2]!.end - phones[2]!.start).toBeGreaterThan(phones[1]!.end - phones[1]!.start);
  });

  it("are a pause in silence and in no text", async () => {
    const silent = await alignPhones({ samples: sound(0, 0, 0.5), sampleRate, symbols: symbolsOf("m") });
    expect(silent.at(-1)!.end).toBe(0.5);
    const wordless = await alignPhones({ samples: sound(0, 0.5, 0.5), sampleRate, symbols: [] });
    expect(wordless).toEqual([{ symbol: "pau", start: 0, end: 0.5, stress: 0, token: -1 }]);
  });
});

describe("ARPAbet as IPA", () => {
  it("marks stress before the vowel and knows weak vowels", () => {
    expect(ipaOfArpabet(["hh", "ah0", "l", "ow1"])).toBe("həlˈoʊ");
    expect(ipaOfArpabet(["b", "er0", "d", "er2"])).toBe("bɚdˌɜː");
    expect(ipaOfArpabet(["nonsense", "1", "ch"])).toBe("tʃ");
  });
});
