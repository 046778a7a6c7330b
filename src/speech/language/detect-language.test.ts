import { describe, expect, it } from "vitest";
import { detectLanguage } from "./detect-language.js";

const main = async (text: string) => (await detectLanguage(text))?.tag.slice(0, 2);

describe("detectLanguage", () => {
  it.each([
    ["es", "Hola a todos", "Buenos días, ¿cómo estás hoy?", "Bienvenidos a nuestra tienda"],
    ["fr", "Bonjour à tous", "Comment allez-vous aujourd'hui ?", "Bienvenue dans notre magasin"],
    ["de", "Guten Morgen, wie geht es dir heute?", "Willkommen in unserem Laden", "Schönen guten Tag"],
    ["it", "Ciao a tutti", "Buongiorno, come stai oggi?", "Benvenuti nel nostro negozio"],
    ["pt", "Olá a todos", "Bom dia, como você está hoje?", "Bem-vindo à nossa loja"],
    ["nl", "Goedemorgen, hoe gaat het vandaag?", "Welkom in onze winkel, het is een mooie dag"],
    ["pl", "Cześć wszystkim", "Dzień dobry, jak się dziś masz?", "Witamy w naszym sklepie"],
    ["ru", "Привет всем", "Доброе утро, как дела?"],
    ["uk", "Привіт усім", "Доброго ранку, як справи сьогодні?"],
    ["tr", "Herkese merhaba", "Günaydın, bugün nasılsın?", "Mağazamıza hoş geldiniz"],
    ["ar", "مرحبا بالجميع"],
    ["hi", "सभी को नमस्कार"],
    ["zh", "大家好", "今天天气很好"],
    ["ja", "みなさん、こんにちは", "今日はいい天気です"],
    ["ko", "여러분 안녕하세요"],
    ["sv", "God morgon, hur mår du idag?", "Välkommen till vår butik"],
    ["fi", "Hei kaikille", "Hyvää huomenta, mitä kuuluu tänään?", "Tervetuloa kauppaamme"],
    ["el", "Καλημέρα σε όλους"],
  ])("finds %s", async (language, ...texts) => {
    for (const text of texts) expect(await main(text), text).toBe(language);
  });

  it("takes English texts for English, short and odd ones too", async () => {
    for (const text of [
      "Hello everyone",
      "Welcome to our shop",
      "Printing is an art",
      "Hi",
      "OK",
      "Yes!",
      "No",
      "Wow",
      "Hello, Dr. Smith! It cost $25 in 2019.",
      "GPUs map maple and go.",
      "Bob met Pam.",
      "Mama Papa",
      "The naïve café owner said déjà vu.",
      "Visit https://example.com/la/casa?x=1 now",
      "Pop map bob mum.",
      "Peter Piper picked a peck of pickled peppers.",
      "Um, bib, map.",
      "1 2 3",
      "They say the word привет to everyone in the whole wide world",
      "😀",
      "",
      "MARK IS GOING TO SEE ELEPHANT",
      "Order #1234 shipped.",
      "Sale ends Sunday.",
      "Meet Maria Fernandez, our new CTO.",
      "Parlante!",
      "Five vivid foxes favour fame.",
      "Buy one get one free",
    ])
      expect(await main(text), text).toBe("en");
  });

  it("knows where it knows nothing", async () => {
    expect(await detectLanguage("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ")).toBeNull();
    expect(await detectLanguage("שלום לכולם")).toBeNull();
  });
});
