import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadRequestError, InputError, type ParlanteError, toFalDetails } from "../../shared/errors.js";
import { checkBodySize, parseJsonBody } from "./json-body.js";

function refusal(bytes: Uint8Array): ParlanteError {
  try {
    parseJsonBody(bytes);
  } catch (error) {
    return error as ParlanteError;
  }
  throw new Error("it was accepted");
}

describe("the body of a request", () => {
  it("is any JSON, also with a byte order mark", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJsonBody(Buffer.from(text))).toEqual(JSON.parse(text));
        expect(parseJsonBody(Buffer.from(`\ufeff${text}`))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is read or refused with a typed error, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 50 }),
          fc.string({ unit: "binary" }).map((text) => new Uint8Array(Buffer.from(text))),
          fc.stringMatching(/^[[\]{}",:\\a0 ]{0,20}$/).map((text) => new Uint8Array(Buffer.from(text))),
        ),
        (bytes) => {
          try {
            parseJsonBody(bytes);
          } catch (error) {
            expect(error instanceof InputError || error instanceof BadRequestError).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("is missing when it is empty", () => {
    expect(toFalDetails(refusal(new Uint8Array()))[0]).toMatchObject({ loc: ["body"], type: "missing" });
  });

  it.each(["{", "image_url=https://x", "undefined", '{"a":1,}', '{"a" 1}'])("%j is no JSON", (text) => {
    const error = refusal(Buffer.from(text));
    expect(error.status).toBe(422);
    const [detail] = toFalDetails(error);
    expect(detail).toMatchObject({ type: "json_invalid", loc: ["body", expect.any(Number)] });
  });

  it("is no JSON when it is not UTF-8", () => {
    expect(refusal(new Uint8Array([0x22, 0xff, 0xfe, 0x22])).code).toBe("json_invalid");
  });

  it("is refused before it is built when brackets would fill the memory", () => {
    for (const text of ["[".repeat(5_000_000), `[${"[],".repeat(2_000_000)}1]`, "[{".repeat(100)]) {
      const error = refusal(Buffer.from(text));
      expect(error.status).toBe(413);
      expect(error.message).toContain("one object with a few fields");
    }
  });

  it("may hold brackets, commas and escaped quotes in its texts", () => {
    const body = { prompt: `${'[{,\\"'.repeat(50_000)}"`, other: '\\"', end: "\\" };
    expect(parseJsonBody(Buffer.from(JSON.stringify(body)))).toEqual(body);
  });

  it("means the same when long texts stand in it, as values or names, plain or not", () => {
    const plain = "QUJD".repeat(20_000);
    const others = [
      `${plain}\n`,
      `${plain}ü`,
      `${plain}"`,
      `\\${plain}`,
      plain.slice(0, 65_536),
      "short",
      "",
    ];
    const text = fc.oneof(fc.constant(plain), fc.constantFrom(...others));
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, text, fc.integer(), tie("list"), tie("record")),
      list: fc.array(tie("value"), { maxLength: 3 }),
      record: fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "a", "b")), tie("value"), {
        maxKeys: 3,
      }),
    })).value;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (body, indent) => {
        const json = JSON.stringify(body, null, indent);
        expect(parseJsonBody(Buffer.from(json))).toEqual(JSON.parse(json));
      }),
      { numRuns: 60 },
    );
    for (const json of [`"${plain}`, `"${plain}"x`, `{"a":"${plain}"`, `["${plain}" "${plain}"]`])
      expect(refusal(Buffer.from(json)).code).toBe("json_invalid");
  });

  it("of 100 MB of base64 is read in a moment", () => {
    const text = JSON.stringify({ image_url: `data:image/png;base64,${"QUJD".repeat(25_000_000)}` });
    const bytes = Buffer.from(text);
    const before = performance.now();
    parseJsonBody(bytes);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it("may be 2 MiB without its files", () => {
    expect(() => checkBodySize({ prompt: "a".repeat(2 * 1024 * 1024 - 20) })).not.toThrow();
    expect(() => checkBodySize({ prompt: "ü".repeat(1024 * 1024) })).toThrow(/the limit is 2097152/);
  });
});
