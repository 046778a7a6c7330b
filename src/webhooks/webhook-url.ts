import { isPublicAddress } from "../shared/address-guard.js";
import { InputError } from "../shared/errors.js";

/** Longest address that is taken. */
const MAX_URL_LENGTH = 4096;

/**
 * The address of a webhook, if it may be one. Names are judged when they are resolved, at each attempt.
 *
 * @param allowsPrivate - also http, and addresses that are not on the public internet
 * @throws {@link InputError} about the query parameter `fal_webhook`
 */
export function checkWebhookUrl(text: string, allowsPrivate: boolean): URL {
  if (text.length > MAX_URL_LENGTH)
    throw refuse("url_too_long", `The webhook address is longer than ${MAX_URL_LENGTH} characters.`, {
      max_length: MAX_URL_LENGTH,
    });
  if (!URL.canParse(text)) throw refuse("url_parsing", "The webhook address is not a valid URL.");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowsPrivate && url.protocol === "http:"))
    throw refuse("url_scheme", "Webhooks are delivered to https addresses only.", {
      expected_schemes: allowsPrivate ? ["https", "http"] : ["https"],
    });
  if (url.username !== "" || url.password !== "")
    throw refuse(
      "url_parsing",
      "The webhook address holds a user name or password. Put a secret into its path or query instead, or verify the signature.",
    );
  if (!allowsPrivate && isLiteralAddress(url.hostname) && !isPublicAddress(url.hostname))
    throw refuse("url_private", "The webhook address is not on the public internet.");
  return url;
}

/** Numbers in any notation are plain by now: the URL parser writes them as dotted decimals. */
function isLiteralAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
}

function refuse(code: string, message: string, context: Readonly<Record<string, unknown>> = {}): InputError {
  return new InputError(code, message, { place: "query", field: ["fal_webhook"], context });
}
