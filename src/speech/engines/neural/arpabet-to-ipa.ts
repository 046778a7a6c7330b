/** American English as eSpeak NG writes it, which is what the voices were trained on. */
const IPA: Readonly<Record<string, string>> = {
  aa: "ɑː",
  ae: "æ",
  ah: "ʌ",
  ao: "ɔː",
  aw: "aʊ",
  ax: "ə",
  axr: "ɚ",
  ay: "aɪ",
  eh: "ɛ",
  er: "ɜː",
  ey: "eɪ",
  ih: "ɪ",
  ix: "ɪ",
  iy: "iː",
  ow: "oʊ",
  oy: "ɔɪ",
  uh: "ʊ",
  uw: "uː",
  b: "b",
  ch: "tʃ",
  d: "d",
  dh: "ð",
  f: "f",
  g: "ɡ",
  hh: "h",
  jh: "dʒ",
  k: "k",
  l: "l",
  m: "m",
  n: "n",
  ng: "ŋ",
  p: "p",
  r: "ɹ",
  s: "s",
  sh: "ʃ",
  t: "t",
  th: "θ",
  v: "v",
  w: "w",
  y: "j",
  z: "z",
  zh: "ʒ",
};
const STRESS: Readonly<Record<string, string>> = { "1": "ˈ", "2": "ˌ" };

/** A pronunciation in lower-case ARPAbet with stress digits on vowels, as IPA with stress marks before vowels. */
export function ipaOfArpabet(phones: readonly string[]): string {
  return phones
    .map((phone) => {
      const [, symbol, digit] = /^([a-z]+)([012]?)$/.exec(phone) ?? [];
      // Unstressed "ah" is a schwa, "er" its r-coloured kind.
      const weak = digit === "0" ? { ah: "ə", er: "ɚ", iy: "i" }[symbol ?? ""] : undefined;
      return (STRESS[digit ?? ""] ?? "") + (weak ?? IPA[symbol ?? ""] ?? "");
    })
    .join("");
}
