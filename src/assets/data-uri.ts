import { type AssetLimits, describeSource, downloadError, tooLarge } from "./asset-source.js";

const CURE = 'Write "data:image/png;base64,…" with the whole file in base64.';

/**
 * The bytes of a `data:` URI (RFC 2397): base64, also in the URL alphabet, or percent-encoded.
 *
 * @throws AssetError `file_download_error` when it is malformed, `file_too_large` before decoding what is too long
 */
export function readDataUri(uri: string, limits: AssetLimits): Uint8Array {
  const comma = uri.indexOf(",");
  if (comma < 0 || comma > 1000) throw malformed(uri, limits, "The data URI has no comma before its data.");
  const isBase64 = /;\s*base64\s*$/i.test(uri.slice("data:".length, comma));
  return isBase64 ? readBase64(uri, comma + 1, limits) : readPercent(uri, comma + 1, limits);
}

function readBase64(uri: string, start: number, limits: AssetLimits): Uint8Array {
  // Four characters hold three bytes; percent-encoded padding and line ends add a little.
  if ((uri.length - start) * 0.75 > limits.maxBytes * 1.05 + 16) throw tooLarge(limits, describeSource(uri));
  let text = uri.slice(start);
  if (text.includes("%")) text = unescapePercent(text);
  text = text.replace(/[\r\n\t ]+/g, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text) || text.replace(/=+$/, "").length % 4 === 1)
    throw malformed(uri, limits, "The data URI is not valid base64.");
  const bytes = Buffer.from(text, "base64");
  if (bytes.length > limits.maxBytes) throw tooLarge(limits, describeSource(uri));
  return bytes;
}

function readPercent(uri: string, start: number, limits: AssetLimits): Uint8Array {
  if (uri.length - start > limits.maxBytes * 3) throw tooLarge(limits, describeSource(uri));
  const text = uri.slice(start);
  if (/%(?![0-9a-f]{2})/i.test(text)) throw malformed(uri, limits, "The data URI has a broken % sequence.");
  // Characters beyond ASCII count as their UTF-8 bytes, as browsers read them.
  const bytes = Buffer.from(unescapePercent(Buffer.from(text, "utf8").toString("latin1")), "latin1");
  if (bytes.length > limits.maxBytes) throw tooLarge(limits, describeSource(uri));
  return bytes;
}

/** `%41` to `A`, byte by byte. */
function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function malformed(uri: string, limits: AssetLimits, message: string) {
  return downloadError(limits, `${message} ${CURE}`, { input: describeSource(uri) });
}
