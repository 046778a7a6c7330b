import type { z } from "zod";
import { InputError } from "../shared/errors.js";
import type { ProblemParams } from "./talk-schema.js";

type Issue = z.core.$ZodIssue;

/** Characters of an offending text that an error repeats: a data URI may have millions. */
const MAX_ECHO = 200;

type Wording = readonly [code: string, message: string];

/** fal's error types are those of Pydantic 2, by the type that was expected. */
const TYPE_PROBLEMS: Readonly<Record<string, Wording>> = {
  string: ["string_type", "Input should be a valid string"],
  boolean: ["bool_type", "Input should be a valid boolean"],
  number: ["int_type", "Input should be a valid integer"],
  int: ["int_type", "Input should be a valid integer"],
  object: ["model_attributes_type", "Input should be a valid dictionary or object to extract fields from"],
};

/** The same where a text was given that might have been read as the type. */
const PARSING_PROBLEMS: Readonly<Record<string, Wording>> = {
  boolean: ["bool_parsing", "Input should be a valid boolean, unable to interpret input"],
  number: ["int_parsing", "Input should be a valid integer, unable to parse string as an integer"],
  int: ["int_parsing", "Input should be a valid integer, unable to parse string as an integer"],
};

/** One complaint of the schema as an error with fal's type, wording and limits. */
export function schemaProblem(issue: Issue): InputError {
  const field = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  const { code, message, context } = describe(issue);
  const echo = shorten(issue.input);
  return new InputError(code, message, {
    field,
    ...(context === undefined ? {} : { context }),
    ...(echo === undefined ? {} : { input: echo }),
  });
}

type Description = { code: string; message: string; context?: Readonly<Record<string, unknown>> };

function describe(issue: Issue): Description {
  switch (issue.code) {
    case "invalid_type": {
      if (issue.input === undefined) return { code: "missing", message: "Field required" };
      if (issue.expected === "int" && typeof issue.input === "number") return notAnInteger();
      const wordings =
        typeof issue.input === "string" ? { ...TYPE_PROBLEMS, ...PARSING_PROBLEMS } : TYPE_PROBLEMS;
      const [code, message] = wordings[issue.expected] ?? ["value_error", issue.message];
      return { code, message };
    }
    case "invalid_value": {
      const expected = listChoices(issue.values);
      return { code: "literal_error", message: `Input should be ${expected}`, context: { expected } };
    }
    case "too_big":
      return {
        code: "less_than_equal",
        message: `Input should be less than or equal to ${issue.maximum}`,
        context: { le: Number(issue.maximum) },
      };
    case "too_small":
      return {
        code: "greater_than_equal",
        message: `Input should be greater than or equal to ${issue.minimum}`,
        context: { ge: Number(issue.minimum) },
      };
    case "custom": {
      const params = issue.params as ProblemParams;
      return { code: params.type, message: issue.message, context: params.ctx };
    }
    default:
      return { code: "value_error", message: issue.message };
  }
}

function notAnInteger(): Description {
  return {
    code: "int_from_float",
    message: "Input should be a valid integer, got a number with a fractional part",
  };
}

/** `'a', 'b' or 'c'`, as Pydantic writes it. */
function listChoices(values: readonly unknown[]): string {
  const quoted = values.map((value) => `'${String(value)}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function shorten(input: unknown): unknown {
  if (typeof input === "string") return input.length > MAX_ECHO ? `${input.slice(0, MAX_ECHO)}…` : input;
  // Objects are not repeated: they may hold anything, of any size.
  return typeof input === "object" ? undefined : input;
}
