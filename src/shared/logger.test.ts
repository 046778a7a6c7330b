import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssetError } from "./errors.js";
import { createLogger, type LogLevel, withoutSecrets } from "./logger.js";

function collect(level: LogLevel = "debug") {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: createLogger(level, destination), lines };
}

const key = "0f8fad5b-d9cb-469f-a165-70867728950e:4b7c2a11f0d94c9f8e6d5a3b2c1d0e9f";

describe("the log", () => {
  it("is one JSON object per line, with time and level in words", () => {
    const { logger, lines } = collect();
    logger.info({ requestId: "a" }, "two\nlines");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    const line = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(line).toMatchObject({ level: "info", requestId: "a", msg: "two\nlines" });
    expect(Math.abs(Date.parse(String(line.time)) - Date.now())).toBeLessThan(60_000);
  });

  it("keeps what a child logger knows, and leaves out what is below its level", () => {
    const { logger, lines } = collect("warn");
    logger.child({ requestId: "b", authorization: `Key ${key}` }).warn("careful");
    logger.info("not this");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      requestId: "b",
      authorization: "[hidden]",
      msg: "careful",
    });
  });

  it("tells an error with its code, cause and stack", () => {
    const { logger, lines } = collect();
    const cause = new Error(`no answer from postgres://me:hunter2-is-long@db/x`);
    logger.error({ err: new AssetError("file_download_error", "Cannot fetch it.", { cause }) }, "failed");
    const { err } = JSON.parse(lines[0]!) as { err: Record<string, string> };
    expect(err).toMatchObject({ type: "AssetError", code: "file_download_error" });
    expect(err.message).toContain("Cannot fetch it.");
    expect(err.stack).toContain("logger.test.ts");
    expect(lines[0]).not.toContain("hunter2");
  });

  it("takes an error alone", () => {
    const { logger, lines } = collect();
    logger.error(new Error(`refused Key ${key}`));
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "error", msg: "refused Key [hidden]" });
    expect(lines[0]).not.toContain(key);
  });

  it("hides fields by name at any depth, and keys in texts", () => {
    const { logger, lines } = collect();
    logger.info(
      {
        headers: { Authorization: `Key ${key}`, accept: "*/*" },
        list: [{ deeper: { AWS_SECRET_ACCESS_KEY: "abc", token: "xyz" } }],
        url: `/x?fal_jwt_token=eyJhbGciOi.abc&logs=1`,
      },
      `caller used Bearer ${key}`,
    );
    const text = lines[0]!;
    for (const secret of [key, "eyJhbGciOi", '"abc"', '"xyz"']) expect(text).not.toContain(secret);
    expect(text).toContain('"accept":"*/*"');
    expect(text).toContain("logs=1");
  });

  it("never holds the content of a data URI, nor a very long text", () => {
    const { logger, lines } = collect();
    const photo = `data:image/png;base64,${"iVBORw0KGgo".repeat(100_000)}`;
    logger.info({ body: { image_url: photo }, prompt: "a".repeat(1e6) }, `got ${photo}`);
    expect(lines[0]!.length).toBeLessThan(5000);
    expect(lines[0]).toContain("data:image/png,[left out]");
    expect(lines[0]).not.toContain("iVBORw0KGgo");
  });

  it("writes a line whatever it is given", () => {
    const { logger, lines } = collect();
    const loop: Record<string, unknown> = { name: "loop" };
    loop.self = loop;
    logger.info({
      loop,
      big: 10n,
      bytes: Buffer.alloc(1e6),
      when: new Date(Number.NaN),
      call: () => 1,
      none: undefined,
    });
    expect(JSON.parse(lines[0]!)).toMatchObject({ big: "10", bytes: "[1000000 bytes]", when: null });
    fc.assert(
      fc.property(fc.object({ maxDepth: 4, withBigInt: true, withDate: true }), (value) => {
        const { logger: other, lines: written } = collect();
        other.info({ value });
        expect(() => JSON.parse(written.join(""))).not.toThrow();
        expect(written).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });
});

describe("secrets in texts", () => {
  it.each([
    ["Authorization: Key abc:defdefdef", "Key [hidden]"],
    [`made ${key}`, "0f8fad5b-d9cb-469f-a165-70867728950e:[hidden]"],
    ["postgresql://user:pass%20word@host:5432/db", "postgresql://user:[hidden]@host:5432/db"],
    ["GET /files/x?signature=abcdef&expires=5", "signature=[hidden]&expires=5"],
    ['say "data:audio/mpeg;base64,AAAA" now', 'say "data:audio/mpeg,[left out]" now'],
  ])("%s", (text, clean) => {
    expect(withoutSecrets(text)).toContain(clean);
  });

  it("leaves ordinary text alone", () => {
    for (const text of [
      "The key was revoked.",
      "http://127.0.0.1:8080/docs",
      "metadata: x, data: y",
      "stage render took 3.2 s",
    ])
      expect(withoutSecrets(text)).toBe(text);
  });
});
