import { expect, it } from "vitest";
import { packError, unpackError } from "./error-transfer.js";
import {
  AssetError,
  CancelledError,
  DeadlineError,
  EngineError,
  InputError,
  toFalDetails,
} from "./errors.js";

/** What structured cloning between processes leaves of a value. */
function sent(error: unknown): Error {
  return unpackError(structuredClone(packError(error)));
}

it.each([
  new InputError("missing", "Field required", { field: ["image_url"] }),
  new AssetError("file_download_error", "gone", { field: ["audio_url"], context: { limit: 3 } }, true),
  new EngineError("internal_server_error", "died", { context: { stderr: "words" } }, false),
  new DeadlineError("too long"),
  new CancelledError(),
])("%s keeps its class, code and details", (error) => {
  const arrived = sent(error);
  expect(arrived).toBeInstanceOf(error.constructor);
  const { code, message, status, retryable, details } = error;
  expect(arrived).toMatchObject({ code, message, status, retryable, details });
});

it("every problem of a request arrives as what it was", () => {
  const second = new InputError("literal_error", "no such style", {
    field: ["talking_style"],
    input: "loud",
  });
  const error = new InputError("missing", "Field required", { field: ["image_url"], others: [second] });
  expect(toFalDetails(sent(error))).toEqual(toFalDetails(error));
});

it("a bug keeps its stack and becomes nothing better than a bug", () => {
  const bug = new TypeError("x is not a function");
  expect(sent(bug)).toMatchObject({ message: bug.message, stack: bug.stack });
});

it("what the operating system said is still known", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(sent(full)).toMatchObject({ message: full.message, code: "ENOSPC" });
});
