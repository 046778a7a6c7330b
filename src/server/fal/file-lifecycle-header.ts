import { z } from "zod";
import type { FileLifecycle } from "../../files/index.js";
import { BadRequestError } from "../../shared/errors.js";

/** A hundred years: beyond it, dates of the database would come near their end. */
const LONGEST_EXPIRY = 3_155_760_000;
const MOST_RULES = 100;

const decision = z.enum(["allow", "forbid", "hide"]);
const lifecycle = z.object({
  expiration_duration_seconds: z.number().positive().max(LONGEST_EXPIRY).nullish(),
  initial_acl: z
    .object({
      default: decision.nullish(),
      rules: z
        .array(z.object({ user: z.string().min(1).max(200), decision }))
        .max(MOST_RULES)
        .nullish(),
    })
    .nullish(),
});

/**
 * Reads fal's object lifecycle, `{"expiration_duration_seconds": n, "initial_acl": {"default", "rules"}}`.
 *
 * Keys that we do not know are passed over, as newer clients may send them. What we know must make sense: passing over
 * a spoilt wish to hide a file would publish it.
 *
 * @param header - name of the header, for messages
 * @throws {@link BadRequestError} naming header, place and cure
 */
export function parseFileLifecycle(text: string, header: string): FileLifecycle {
  const refuse = (problem: string): BadRequestError =>
    new BadRequestError(
      `${header} ${problem}. Send JSON such as {"expiration_duration_seconds": 3600, "initial_acl": {"default": "allow", "rules": []}}, or leave it out.`,
      { field: [header.toLowerCase()], place: "header" },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("is not JSON");
  }
  const result = lifecycle.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const path = issue.path.join(".");
    throw refuse(path === "" ? `cannot be used: ${issue.message}` : `has a wrong ${path}: ${issue.message}`);
  }
  const { expiration_duration_seconds: seconds, initial_acl: acl } = result.data;
  return {
    expiresAfter: seconds ?? null,
    access: acl?.default ?? "allow",
    rules: acl?.rules ?? [],
  };
}
