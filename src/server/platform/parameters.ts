import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { InputError } from "../../shared/errors.js";
import { parseJsonBody } from "../fal/json-body.js";
import type { SurfaceEnvironment } from "../surface.js";

/** The context of a handler of this surface. */
export type PlatformContext = Context<SurfaceEnvironment>;

/** Most values of one list parameter. */
const MAX_VALUES = 50;
/** Far above any request of this surface. */
const MAX_BODY_BYTES = 256 * 1024;
/** Characters of an offending text that an error repeats. */
const MAX_ECHO = 200;

/** `a,b`, `x=a&x=b`, or both. */
export function listOf<Item extends z.ZodType<unknown, unknown>>(item: Item) {
  return z.preprocess(
    (value) =>
      value === undefined
        ? undefined
        : [value]
            .flat()
            .flatMap((text) => String(text).split(","))
            .map((text) => text.trim())
            .filter((text) => text !== ""),
    z.array(item).min(1).max(MAX_VALUES),
  );
}

/** A whole number between bounds. */
export function wholeNumber(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
}

/** `true` or `false`. */
export const truth = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean(),
);

/** A day or a moment, ISO 8601; without an offset it is UTC. */
export const moment = z
  .string()
  .max(40)
  .refine((text) => toMoment(text) !== null, {
    error: "Input should be a date or date-time of ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00Z",
    params: { type: "datetime_parsing" },
  })
  .transform((text) => toMoment(text)!)
  .openapi({ type: "string", example: "2026-01-31T00:00:00Z" });

const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

function toMoment(text: string): Date | null {
  const match = MOMENT.exec(text);
  if (match === null) return null;
  const hasTime = text.length > 10;
  // A plus sign that was not encoded arrives as a space, but not in front of an offset that the pattern knows.
  const date = new Date(hasTime && match[1] === undefined ? `${text.replace(" ", "T")}Z` : text);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** base64 of the number of a page, counted from 1. */
const cursor = z
  .string()
  .max(64)
  .refine((text) => toPage(text) !== null, {
    error: "Input should be the next_cursor of the page before",
    params: { type: "value_error" },
  })
  .transform((text) => toPage(text)!)
  .openapi({ type: "string", example: "Mg==" });

function toPage(text: string): number | null {
  const page = Buffer.from(text, "base64").toString("latin1");
  return /^[1-9]\d{0,7}$/.test(page) ? Number(page) : null;
}

/** `limit` and `cursor` of lists. */
export function pageParameters(limits: { readonly usual: number; readonly max: number }) {
  return {
    limit: wholeNumber(1, limits.max).default(limits.usual).openapi({ example: limits.usual }),
    cursor: cursor.default(1),
  };
}

/** What the database skips and takes: one more than is shown, to see whether there is more. */
export function pageRange({ limit, cursor: page }: { limit: number; cursor: number }) {
  return { offset: (page - 1) * limit, take: limit + 1 };
}

/** The shown part of what was taken, and how the list goes on. */
export function cutPage<Row>(
  rows: readonly Row[],
  { limit, cursor: page }: { limit: number; cursor: number },
) {
  const hasMore = rows.length > limit;
  return {
    shown: rows.slice(0, limit),
    next_cursor: hasMore ? Buffer.from(String(page + 1)).toString("base64") : null,
    has_more: hasMore,
  };
}

/**
 * The parameters behind the `?`, checked.
 *
 * @throws {@link InputError} naming every parameter that cannot be used
 */
export function readQuery<Schema extends z.ZodType>(
  context: PlatformContext,
  schema: Schema,
): z.output<Schema> {
  const given = Object.entries(context.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return check(schema, Object.fromEntries(given), "query");
}

/**
 * The body, checked.
 *
 * @throws {@link InputError} naming every field that cannot be used
 */
export async function readJson<Schema extends z.ZodType>(
  context: PlatformContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  return check(schema, parseJsonBody(await context.var.request.readBody(MAX_BODY_BYTES)), null);
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: "query" | null,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues.map((issue) => toProblem(issue, place));
  throw new InputError(first!.code, first!.message, {
    ...first!.details,
    ...(others.length > 0 ? { others } : {}),
  });
}

function toProblem(issue: z.core.$ZodIssue, place: "query" | null): InputError {
  const [code, message, context] = describe(issue);
  const { input } = issue;
  return new InputError(code, message, {
    field: issue.path.map((key) => (typeof key === "number" ? key : String(key))),
    ...(place === null ? {} : { place }),
    ...(context === undefined ? {} : { context }),
    ...(typeof input === "string" ? { input: input.slice(0, MAX_ECHO) } : {}),
    ...(typeof input === "number" || typeof input === "boolean" ? { input } : {}),
  });
}

type Description = readonly [code: string, message: string, context?: Readonly<Record<string, unknown>>];

function describe(issue: z.core.$ZodIssue): Description {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return ["missing", "Field required"];
      return [`${issue.expected}_type`, `Input should be a valid ${issue.expected}`];
    case "invalid_value": {
      const expected = issue.values.map((value) => `'${String(value)}'`).join(", ");
      return ["literal_error", `Input should be one of ${expected}`, { expected }];
    }
    case "too_big":
      return isSequence(issue.origin)
        ? [
            "sequence_too_long",
            `There may be ${issue.maximum} at most`,
            { max_length: Number(issue.maximum) },
          ]
        : [
            "less_than_equal",
            `Input should be less than or equal to ${issue.maximum}`,
            { le: Number(issue.maximum) },
          ];
    case "too_small":
      return isSequence(issue.origin)
        ? [
            "sequence_too_short",
            `There must be ${issue.minimum} at least`,
            { min_length: Number(issue.minimum) },
          ]
        : [
            "greater_than_equal",
            `Input should be greater than or equal to ${issue.minimum}`,
            { ge: Number(issue.minimum) },
          ];
    case "custom": {
      const type = issue.params?.type;
      return [typeof type === "string" ? type : "value_error", issue.message];
    }
    default:
      return ["value_error", issue.message];
  }
}

function isSequence(origin: string): boolean {
  return origin === "array" || origin === "string" || origin === "set";
}
