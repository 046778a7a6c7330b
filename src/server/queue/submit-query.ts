import type { Submission } from "../../queue/index.js";
import { BadRequestError } from "../../shared/errors.js";

const LONGEST_URL = 4096;

/**
 * Reads what may stand behind the `?` of a submission. Whether a webhook's host may be called is decided when it is
 * called.
 *
 * @throws {@link BadRequestError} naming the parameter and the cure
 */
export function readSubmitQuery(
  query: (name: string) => string | undefined,
  { allowsHttpWebhooks }: { readonly allowsHttpWebhooks: boolean },
): Pick<Submission, "webhookUrl" | "maxQueueLength"> {
  return {
    webhookUrl: readWebhookUrl(query("fal_webhook"), allowsHttpWebhooks),
    maxQueueLength: readMaxQueueLength(query("fal_max_queue_length")),
  };
}

function readWebhookUrl(text: string | undefined, allowsHttp: boolean): string | null {
  if (text === undefined || text === "") return null;
  const schemes = allowsHttp ? ["https:", "http:"] : ["https:"];
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && schemes.includes(url.protocol) && url.href.length <= LONGEST_URL) return url.href;
  const cure =
    url?.protocol === "http:"
      ? "http:// is refused unless the server runs with PARLANTE_ALLOW_PRIVATE_WEBHOOKS=true"
      : `give an absolute, URL-encoded ${allowsHttp ? "http:// or https://" : "https://"} address of at most ${LONGEST_URL} characters`;
  throw new BadRequestError(`fal_webhook cannot be used: ${cure}.`, {
    field: ["fal_webhook"],
    place: "query",
    context: { expected: schemes.map((scheme) => `${scheme}//`), max_length: LONGEST_URL },
    input: text.slice(0, 200),
  });
}

function readMaxQueueLength(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BadRequestError(
    "fal_max_queue_length must be a whole number of 0 or more: how many requests may wait before this one is refused.",
    { field: ["fal_max_queue_length"], place: "query", context: { ge: 0 }, input: text.slice(0, 100) },
  );
}

/** Whether logs are asked for: `1` of the JavaScript client, `true` of the Python one. */
export function wantsLogs(text: string | undefined): boolean {
  return text === "1" || text?.toLowerCase() === "true";
}
