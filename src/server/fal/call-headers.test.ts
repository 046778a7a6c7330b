import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadRequestError } from "../../shared/errors.js";
import { type CallHeaders, readCallHeaders } from "./call-headers.js";

const NAMES = [
  "x-fal-request-timeout",
  "x-fal-request-start-timeout",
  "x-fal-queue-priority",
  "x-fal-runner-hint",
  "x-fal-object-lifecycle-preference",
  "x-fal-store-io",
  "x-fal-no-retry",
  "x-fal-retry-config",
  "x-fal-tags",
  "x-app-fal-disable-fallback",
  "x-fal-something-new",
] as const;

function read(headers: Readonly<Record<string, string>>): CallHeaders {
  return readCallHeaders((name) => headers[name.toLowerCase()]);
}

describe("the headers of a call", () => {
  it("change nothing when there are none", () => {
    expect(read({})).toEqual({
      startTimeout: null,
      priority: "normal",
      runnerHint: null,
      fileLifecycle: null,
      storesPayloads: true,
      mayRetry: true,
      tags: null,
    });
  });

  it("are understood as both clients write them", () => {
    expect(
      read({
        "x-fal-request-timeout": "30",
        "x-fal-queue-priority": "low",
        "x-fal-runner-hint": "runner-7",
        "x-fal-object-lifecycle-preference":
          '{"expiration_duration_seconds":3600,"initial_acl":{"default":"hide","rules":[{"user":"u1","decision":"allow"}]}}',
        "x-fal-store-io": "0",
        "x-fal-no-retry": "yes",
        "x-fal-tags": "team=design, Env = prod,env=test,equation=a=b",
        "x-app-fal-disable-fallback": "true",
      }),
    ).toEqual({
      startTimeout: 30,
      priority: "low",
      runnerHint: "runner-7",
      fileLifecycle: {
        expiresAfter: 3600,
        access: "hide",
        rules: [{ user: "u1", decision: "allow" }],
      },
      storesPayloads: false,
      mayRetry: false,
      tags: { team: "design", env: "test", equation: "a=b" },
    });
    expect(read({ "x-fal-request-timeout": "30.0" }).startTimeout).toBe(30);
  });

  it("take the newer name of the time to start", () => {
    const both = { "x-fal-request-timeout": "90", "x-fal-request-start-timeout": "2.5" };
    expect(read(both).startTimeout).toBe(2.5);
    expect(read({ ...both, "x-fal-request-timeout": "nonsense" }).startTimeout).toBe(2.5);
  });

  it.each(["0", "-1", "0.05", "abc", "1e999", "0x10", "NaN", "30, 30", "1 2"])(
    "refuse the time %j by its name and limits",
    (text) => {
      for (const name of ["X-Fal-Request-Timeout", "X-Fal-Request-Start-Timeout"]) {
        let error: unknown;
        try {
          read({ [name.toLowerCase()]: text });
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toBeInstanceOf(BadRequestError);
        expect((error as BadRequestError).message).toContain(`${name} must be a number of seconds`);
        expect((error as BadRequestError).details).toMatchObject({ place: "header", context: { ge: 0.1 } });
      }
    },
  );

  it.each([
    ["not json", "is not JSON"],
    ["null", "cannot be used"],
    ["[]", "cannot be used"],
    ['{"expiration_duration_seconds":0}', "wrong expiration_duration_seconds"],
    ['{"expiration_duration_seconds":"60"}', "wrong expiration_duration_seconds"],
    ['{"expiration_duration_seconds":1e300}', "wrong expiration_duration_seconds"],
    ['{"initial_acl":{"default":"public"}}', "wrong initial_acl.default"],
    ['{"initial_acl":{"rules":[{"user":"","decision":"allow"}]}}', "wrong initial_acl.rules.0.user"],
  ])("refuse the lifecycle %s", (text, problem) => {
    expect(() => read({ "x-fal-object-lifecycle-preference": text })).toThrow(problem);
  });

  it("keep files for ever when the lifecycle says null or nothing", () => {
    const forever = { expiresAfter: null, access: "allow", rules: [] };
    for (const text of ["{}", '{"expiration_duration_seconds":null}', '{"initial_acl":{},"newer":1}']) {
      expect(read({ "x-fal-object-lifecycle-preference": text }).fileLifecycle).toEqual(forever);
    }
  });

  it("forbid retries only when both kinds that happen here are set to none", () => {
    const config = (value: unknown) => ({ "x-fal-retry-config": JSON.stringify(value) });
    const none = { retries: 0 };
    expect(read(config({ server_error: none, connection_error: none })).mayRetry).toBe(false);
    expect(read(config({ server_error: none })).mayRetry).toBe(true);
    expect(read(config({ server_error: none, connection_error: { retries: 2 } })).mayRetry).toBe(true);
    expect(read({ "x-fal-retry-config": "{" }).mayRetry).toBe(true);
  });

  it("drop tags that break a rule and keep the others", () => {
    const many = Array.from({ length: 12 }, (_, i) => `k${i}=v`).join(",");
    expect(Object.keys(read({ "x-fal-tags": many }).tags ?? {})).toHaveLength(10);
    expect(read({ "x-fal-tags": "fal.secret=1,no value,k e y=2,ok=3,café=4,x=café" }).tags).toEqual({
      ok: "3",
    });
    expect(read({ "x-fal-tags": `a=${"v".repeat(257)}` }).tags).toBeNull();
    expect(read({ "x-fal-tags": "__proto__=1" }).tags).toEqual(Object.fromEntries([["__proto__", "1"]]));
  });

  it("are read or refused with a typed error, whatever they hold", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.json(),
      fc.double().map(String),
      fc.constantFrom("low", "0", "1", "true", "yes", "a=b,c=d", "{", "null"),
      fc
        .record(
          {
            expiration_duration_seconds: fc.anything(),
            initial_acl: fc.record({ default: fc.anything(), rules: fc.anything() }),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value) ?? ""),
    );
    const headers = fc.dictionary(fc.constantFrom(...NAMES), text);
    fc.assert(
      fc.property(headers, (given) => {
        let result: CallHeaders;
        try {
          result = read(given);
        } catch (error) {
          expect(error).toBeInstanceOf(BadRequestError);
          expect((error as BadRequestError).status).toBe(400);
          expect((error as BadRequestError).details.field?.[0]).toMatch(/^x-fal-(request|object)/);
          return;
        }
        expect(result.startTimeout ?? 1).toBeGreaterThanOrEqual(0.1);
        expect(result.startTimeout ?? 1).toBeLessThanOrEqual(2_592_000);
        expect(["normal", "low"]).toContain(result.priority);
        expect(Object.keys(result.tags ?? {}).length).toBeLessThanOrEqual(10);
        expect(result.fileLifecycle?.expiresAfter ?? 1).toBeGreaterThan(0);
        expect(result.runnerHint?.length ?? 0).toBeLessThanOrEqual(256);
      }),
      { numRuns: 500 },
    );
  });
});
