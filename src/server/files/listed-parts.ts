import { z } from "zod";
import type { ListedPart } from "../../files/index.js";
import { BadRequestError } from "../../shared/errors.js";

const list = z.object({
  parts: z
    .array(z.object({ partNumber: z.number().int(), etag: z.string().max(200) }))
    .min(1)
    .max(10_000),
});

/** Reads `{"parts": [{"partNumber", "etag"}]}`, in any order. */
export function readListedParts(body: Readonly<Record<string, unknown>>): ListedPart[] {
  const result = list.safeParse(body);
  if (!result.success)
    throw new BadRequestError(
      'Send {"parts": [{"partNumber": 1, "etag": "…"}]} with what the answer to each part said.',
    );
  return result.data.parts.map(({ partNumber, etag }) => ({ number: partNumber, etag }));
}
