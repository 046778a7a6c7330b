import { describe, expect, it } from "vitest";
import { kokoroInputs, MAX_SYMBOLS } from "./kokoro-input.js";
import { KOKORO_IDS, kokoroLetters } from "./kokoro-phonemes.js";

const word = (ipa: string, mark = "") => ({ written: "", ipa: ipa.normalize("NFD"), mark });
const letters = (ipa: string, dialect: "american" | "british" | "other" = "american"): string =>
  kokoroLetters(ipa.normalize("NFD"), dialect).join("");

describe("kokoro's phonemes", () => {
  it("have the ids that a published example has", () => {
    // "the teacher who is indeed wise", from the example of a public export of the model.
    const published = [
      0, 81, 83, 16, 62, 156, 51, 133, 83, 123, 16, 50, 157, 63, 16, 102, 68, 16, 102, 56, 46, 156, 51, 46,
      16, 65, 156, 25, 68, 0,
    ];
    const espeak = ["ðə", "tˈiːtʃɚ", "hˌuː", "ɪz", "ɪndˈiːd", "wˈaɪz"].map((ipa) => word(ipa));
    const { inputs, unknown } = kokoroInputs(espeak, "american");
    expect(inputs.map(({ ids }) => ids)).toEqual([published]);
    expect(unknown.size).toBe(0);
    expect(KOKORO_IDS.size).toBe(114);
  });

  it("are read from eSpeak's American English", () => {
    expect(letters("həlˈoʊ")).toBe("həlˈO");
    expect(letters("dʒˈʌdʒ")).toBe("ʤˈʌʤ");
    expect(letters("bˈɔɪ")).toBe("bˈY");
    expect(letters("nˈaʊ")).toBe("nˈW");
    expect(letters("bˈɜːd")).toBe("bˈɜɹd");
    expect(letters("bˈɔːɹ")).toBe("bˈɔɹ");
    expect(letters("wˈɔːɾɚ")).toBe("wˈɔTəɹ");
    expect(letters("bˈʌʔn̩")).toBe("bˈʌtn");
    expect(letters("ɹˈoʊzᵻz")).toBe("ɹˈOzᵻz");
    expect(letters("pˈiːpl̩")).toBe("pˈipᵊl");
    expect(letters("ɐ")).toBe("ə");
  });

  it("are read from British English and from other languages", () => {
    expect(letters("həlˈəʊ", "british")).toBe("həlˈQ");
    expect(letters("hˈeə", "british")).toBe("hˈɛː");
    expect(letters("bˈɜːd", "british")).toBe("bˈɜːd");
    expect(letters("bõʒˈuʁ", "other")).toBe("bo\u0303ʒˈuʁ");
    expect(letters("pˈitsa", "other")).toBe("pˈiʦa");
    expect(letters("françˈɛ", "other")).toBe("fɹançˈɛ".replace("ɹ", "r"));
  });

  it("leave out what the network does not know", () => {
    const { inputs, unknown } = kokoroInputs([word("m☃ˈuːn", ".")], "american");
    expect([...unknown]).toEqual(["☃"]);
    expect(inputs[0]!.symbols.map(({ text }) => text).join("")).toBe("mˈun.");
  });

  it("fit into runs of the network, cut between words", () => {
    const words = Array.from({ length: 300 }, (_, i) => word("mˈuːn", i % 90 === 89 ? "," : ""));
    const { inputs } = kokoroInputs(words, "american");
    expect(inputs.length).toBeGreaterThan(2);
    for (const { ids, symbols } of inputs) {
      expect(ids.length).toBe(symbols.length);
      expect(ids.length).toBeLessThanOrEqual(MAX_SYMBOLS + 2);
      expect([ids[0], ids.at(-1)]).toEqual([0, 0]);
    }
    const tokens = inputs.flatMap(({ symbols }) =>
      symbols.filter(({ text }) => text === "m").map(({ token }) => token),
    );
    expect(tokens).toEqual(words.map((_, i) => i));
    // At a mark, where there was one.
    expect(inputs[0]!.symbols.at(-2)!.text).toBe(",");
    const endless = kokoroInputs([word("m".repeat(5_000))], "american");
    expect(endless.inputs[0]!.ids.length).toBeLessThanOrEqual(MAX_SYMBOLS + 2);
    expect(kokoroInputs([word("", "."), word("")], "american").inputs).toEqual([]);
  });
});
