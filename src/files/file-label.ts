const MAX_NAME_LENGTH = 120;
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/**
 * A name without directories, control characters and marks that turn text around, at most 120 characters long.
 *
 * @param name - as a caller sent it
 */
export function safeFileName(name: string): string {
  const last = name.slice(-1000).split(/[/\\]/).pop() ?? "";
  const plain = last
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}"<>:|?*%;]+/gu, "_")
    .replace(/\s+/gu, " ")
    .replace(/^[\s.]+|[\s.]+$/gu, "");
  if (plain === "") return "file";
  const characters = [...plain];
  if (characters.length <= MAX_NAME_LENGTH) return plain;
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(plain)?.[0] ?? "";
  return characters.slice(0, MAX_NAME_LENGTH - extension.length).join("") + extension;
}

/** A media type without parameters, in lower case; `application/octet-stream` for what is none. */
export function safeContentType(text: string | null | undefined): string {
  const type = (text ?? "").split(";", 1)[0]!.trim().toLowerCase();
  return TYPE.test(type) ? type : "application/octet-stream";
}
