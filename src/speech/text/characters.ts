/** Letters that carry no mark which Unicode could take off. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  Æ: "Ae",
  œ: "oe",
  Œ: "Oe",
  ø: "o",
  Ø: "O",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  ð: "th",
  þ: "th",
  Þ: "Th",
  ı: "i",
};

/** Faces made of signs; nobody reads them out. */
export const EMOTICON = /^(?:[:;=8xX]['^]?-?[)(DPpOo3/\\|\]*]+|<3+|\^_\^|-_-|[oO]_[oO])$/;

/** Removes emoji and their joiners; digits and signs that merely can be emoji stay. */
export function withoutEmoji(text: string): string {
  return text.replace(
    /\p{Extended_Pictographic}|\p{Emoji_Modifier}|[\u{1F1E6}-\u{1F1FF}\u{E0020}-\u{E007F}]|\uFE0E|\uFE0F|\u200D|\u20E3/gu,
    "",
  );
}

/** Latin letters without their marks; letters of other scripts vanish. */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7E]/gu, (letter) => FOLDED[letter] ?? "");
}
