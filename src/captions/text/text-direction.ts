const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const LETTER = /\p{L}/u;

/** Which way a text is read, by its first letter; left to right without any. */
export function textDirection(text: string): "ltr" | "rtl" {
  return firstDirection(text) ?? "ltr";
}

/** As {@link textDirection}; `null` without any letter. */
export function firstDirection(text: string): "ltr" | "rtl" | null {
  const letter = LETTER.exec(text)?.[0];
  if (letter === undefined) return null;
  return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}
