import { describe, expect, it } from "vitest";
import { assertSafeToListen, isLoopback } from "./assert-safe-to-listen.js";

describe("listening without keys", () => {
  it.each(["127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LOCALHOST"])(
    "is safe on %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(() => assertSafeToListen(host, false)).not.toThrow();
    },
  );

  it.each(["0.0.0.0", "::", "192.168.1.2", "10.0.0.1", "example.com", "localhost.example.com", ""])(
    "is refused on %j, with the cure",
    (host) => {
      expect(() => assertSafeToListen(host, false)).toThrow(/parlante keys create/);
      expect(() => assertSafeToListen(host, true)).not.toThrow();
    },
  );
});
