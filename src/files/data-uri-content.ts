/** Decoded at once; four characters hold three bytes. */
const SLICE_CHARACTERS = 4 * 256 * 1024;
const MAX_HEAD = 1000;

/** The bytes in a `data:` URI, piece by piece. */
export type DataUriContent = { readonly mediaType: string; chunks(): Generator<Buffer> };

/**
 * Opens a base64 `data:` URI without decoding it at once. The alphabets, line ends and percent-encoded padding that
 * the renderer reads are read here too.
 *
 * @returns null when it is none or not valid, so that whoever reads it next says what is wrong
 */
export function openDataUri(uri: string): DataUriContent | null {
  const start = uri.length - uri.trimStart().length;
  if (uri.slice(start, start + 5).toLowerCase() !== "data:") return null;
  const comma = uri.indexOf(",");
  if (comma < 0 || comma > MAX_HEAD) return null;
  const head = uri.slice(start + 5, comma);
  if (!/;\s*base64\s*$/i.test(head)) return null;
  let text = uri.slice(comma + 1);
  if (text.includes("%"))
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  if (/\s/.test(text)) text = text.replace(/[\r\n\t ]+/g, "");
  const padding = /={0,2}$/.exec(text.slice(-2))![0].length;
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text) || (text.length - padding) % 4 === 1) return null;
  return {
    mediaType: head.split(";", 1)[0]!,
    *chunks() {
      for (let at = 0; at < text.length; at += SLICE_CHARACTERS)
        yield Buffer.from(text.slice(at, at + SLICE_CHARACTERS), "base64");
    },
  };
}
