import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAL_NAMES } from "../../shared/fal-names.js";
import { SURFACES } from "../surface.js";
import { findSurface, readProxyTarget } from "./find-surface.js";

const MODEL = "/fal-ai/heygen/avatar4/image-to-video";
const ID = "1c5e3f3e-1f2c-4c55-9d2c-6d7a7b1d6f3a";

describe("the way to a surface", () => {
  it.each([
    // On our own address, by the first segment.
    ["127.0.0.1", "POST", `/run${MODEL}`, "run", MODEL],
    ["127.0.0.1", "POST", `/queue${MODEL}`, "queue", MODEL],
    ["127.0.0.1", "GET", `/queue/fal-ai/heygen/requests/${ID}`, "queue", `/fal-ai/heygen/requests/${ID}`],
    ["127.0.0.1", "POST", "/rest/storage/upload/initiate", "rest", "/storage/upload/initiate"],
    ["127.0.0.1", "POST", "/rest/tokens/", "rest", "/tokens/"],
    ["127.0.0.1", "POST", "/storage/upload/initiate", "rest", "/storage/upload/initiate"],
    ["127.0.0.1", "POST", "/tokens/", "rest", "/tokens/"],
    ["127.0.0.1", "POST", "/tokens", "rest", "/tokens"],
    ["127.0.0.1", "GET", "/rest/.well-known/jwks.json", "rest", "/.well-known/jwks.json"],
    ["127.0.0.1", "GET", "/.well-known/jwks.json", "rest", "/.well-known/jwks.json"],
    ["127.0.0.1", "POST", "/files/upload", "files", "/files/upload"],
    ["127.0.0.1", "GET", "/files/b/1/x.mp4", "files", "/files/b/1/x.mp4"],
    ["127.0.0.1", "GET", "/v1/models", "platform", "/v1/models"],
    ["127.0.0.1", "GET", "/api/openapi/queue/openapi.json", "site", "/api/openapi/queue/openapi.json"],
    ["127.0.0.1", "GET", `/models${MODEL}/llms.txt`, "site", `/models${MODEL}/llms.txt`],
    ["127.0.0.1", "GET", "/docs", "site", "/docs"],
    ["127.0.0.1", "GET", "/healthz", "site", "/healthz"],
    ["127.0.0.1", "POST", "/healthz", "site", "/healthz"],
    ["127.0.0.1", "GET", "/", "site", "/"],
    ["127.0.0.1", "GET", "/run", "run", "/"],
    ["127.0.0.1", "GET", "/runner", "site", "/runner"],
    ["127.0.0.1", "GET", "/constructor/x", "site", "/constructor/x"],
    // Bare paths of apps.
    ["localhost", "POST", MODEL, "run", MODEL],
    ["localhost", "GET", MODEL, "run", MODEL],
    ["localhost", "POST", "/someone/else", "run", "/someone/else"],
    ["localhost", "GET", "/someone/else", "site", "/someone/else"],
    ["localhost", "POST", "/.well-known/x", "site", "/.well-known/x"],
    [
      "localhost",
      "GET",
      `/fal-ai/heygen/requests/${ID}/status`,
      "queue",
      `/fal-ai/heygen/requests/${ID}/status`,
    ],
    [
      "localhost",
      "PUT",
      `/fal-ai/heygen/requests/${ID}/cancel`,
      "queue",
      `/fal-ai/heygen/requests/${ID}/cancel`,
    ],
    [
      "localhost",
      "POST",
      `/fal-ai/heygen/requests/${ID}/cancel`,
      "queue",
      `/fal-ai/heygen/requests/${ID}/cancel`,
    ],
    ["queue.localhost", "POST", MODEL, "queue", MODEL],
    ["queue.localhost", "POST", `/run${MODEL}`, "run", MODEL],
    // Under fal's names, paths are as they are there.
    ["fal.run", "POST", MODEL, "run", MODEL],
    ["falrun.com", "POST", MODEL, "run", MODEL],
    ["fal.run", "POST", "/queue/x", "run", "/queue/x"],
    ["queue.fal.run", "POST", MODEL, "queue", MODEL],
    ["queue.falrun.com", "GET", "/x", "queue", "/x"],
    ["rest.fal.ai", "POST", "/tokens/", "rest", "/tokens/"],
    ["rest.alpha.fal.ai", "GET", "/.well-known/jwks.json", "rest", "/.well-known/jwks.json"],
    ["v3.fal.media", "POST", "/files/upload", "files", "/files/upload"],
    ["v3b.fal.media", "GET", "/files/b/x", "files", "/files/b/x"],
    ["api.fal.ai", "GET", "/v1/models", "platform", "/v1/models"],
    ["fal.ai", "GET", "/models", "site", "/models"],
  ] as const)("%s %s %s → %s %s", (name, method, path, surface, inner) => {
    expect(findSurface(name, method, path)).toEqual({ surface, path: inner });
  });

  it("exists for every path, which then begins with a slash", () => {
    fc.assert(
      fc.property(
        fc.webPath(),
        fc.constantFrom("GET", "POST", "PUT", "BREW"),
        fc.domain(),
        (path, method, name) => {
          const found = findSurface(name, method, path === "" ? "/" : path);
          expect(SURFACES).toContain(found.surface);
          expect(found.path.startsWith("/")).toBe(true);
        },
      ),
    );
  });
});

describe("the target of a proxied call", () => {
  it("is found with its query", () => {
    expect(readProxyTarget(`https://queue.fal.run/fal-ai/heygen/requests/${ID}/status?logs=1`)).toEqual({
      surface: "queue",
      path: `/fal-ai/heygen/requests/${ID}/status`,
      search: "?logs=1",
    });
    expect(readProxyTarget("https://FAL.run")).toEqual({ surface: "run", path: "/", search: "" });
    expect(readProxyTarget("https://fal.run?a=b")).toMatchObject({
      surface: "run",
      path: "/",
      search: "?a=b",
    });
  });

  it.each(FAL_NAMES)("may be at %s", (name) => {
    expect(readProxyTarget(`https://${name}/a/b`).path).toBe("/a/b");
  });

  it.each([
    undefined,
    "",
    "fal.run",
    "/fal-ai/heygen",
    "http://fal.run/x",
    "ftp://fal.run/x",
    "https://example.com/x",
    "https://fal.run.example.com/x",
    "https://fal.run@example.com/x",
    "https://user:pass@fal.run/x",
    "https://example.com#@fal.run/",
    "https://example.com\\@fal.run/",
    "https://fal.run\\@example.com/",
    "https://fal.run:8443/x",
    "https://fal.run:443/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://fal.run./x",
    "https://fal.run/a b",
    "https://fal.run/a\nb",
    " https://fal.run/x",
    "https://gateway.fal.ai/x",
  ])("%j is refused", (target) => {
    expect(() => readProxyTarget(target)).toThrow("Invalid request");
  });
});
