/** fal's limits; they count what is sent, before later tags replace earlier ones of the same key. */
const MOST_TAGS = 10;
const LONGEST_KEY = 64;
const LONGEST_VALUE = 256;
const MOST_BYTES = 1024;
const RESERVED_PREFIX = "fal.";
const KEY = /^[a-z0-9._-]+$/;
const VALUE = /^[\x20-\x2b\x2d-\x7e]*$/;

/**
 * Reads `X-Fal-Tags`: `key=value` pairs between commas.
 *
 * No request fails because of a tag: fal's gateway drops each one that breaks a rule, and so do we.
 *
 * @returns null when no tag is left
 */
export function parseTags(text: string): Record<string, string> | null {
  const tags = new Map<string, string>();
  let bytes = 0;
  for (const pair of text.split(",", MOST_TAGS)) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    const key = pair.slice(0, equals).trim().toLowerCase();
    const value = pair.slice(equals + 1).trim();
    if (key.length > LONGEST_KEY || !KEY.test(key) || key.startsWith(RESERVED_PREFIX)) continue;
    if (value.length > LONGEST_VALUE || !VALUE.test(value)) continue;
    bytes += key.length + value.length;
    if (bytes > MOST_BYTES) break;
    tags.set(key, value);
  }
  return tags.size === 0 ? null : Object.fromEntries(tags);
}
