import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openApiProblems } from "../../../test/support/check-openapi.js";
import { type RunningFront, startFront } from "../../../test/support/start-front.js";
import { talkRequestJsonSchema } from "../../request/index.js";
import type { Operations } from "../operations/operations.js";
import type { Readiness } from "../operations/readiness.js";
import { createDocuments } from "./documents.js";
import { createSiteSurface } from "./site-surface.js";

const modelId = "fal-ai/heygen/avatar4/image-to-video";
const key = "the-only-key";
let readiness: Readiness = { status: "ready", checks: { database: { ok: true } } };
const operations: Operations = {
  version: "1.2.3",
  metricsArePublic: false,
  http: { answered: () => {} },
  metrics: async () => ({ contentType: "text/plain; version=0.0.4; charset=utf-8", text: "up 1\n" }),
  readiness: async () => readiness,
  startDraining: () => {},
};
const documents = createDocuments({
  modelId,
  inputSchema: talkRequestJsonSchema(),
  voices: ["Ivy"],
  pricePerSecond: 0.1,
  settings: [],
  version: "1.2.3",
});

let front: RunningFront;
let open: RunningFront;
beforeAll(async () => {
  front = await startFront({ key, surfaces: { site: createSiteSurface({ documents, operations }) } });
  const shown = { ...operations, metricsArePublic: true };
  open = await startFront({ key, surfaces: { site: createSiteSurface({ documents, operations: shown }) } });
});
afterAll(async () => {
  await front.close(0);
  await open.close(0);
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${front.address.url}${path}`, { headers, redirect: "manual" });

describe("the documents over HTTP (checklist 36)", () => {
  it.each([`/api/openapi/queue/openapi.json?endpoint_id=${modelId}`, "/openapi.json"])("%s", async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    const document = (await answer.json()) as { servers: { url: string }[] };
    expect(openApiProblems(document)).toEqual([]);
    expect(document.servers).toEqual([{ url: `${front.address.url}/queue` }]);
  });

  it("names the model that is missing, or that is not served", async () => {
    expect((await get("/api/openapi/queue/openapi.json")).status).toBe(400);
    const other = await get("/api/openapi/queue/openapi.json?endpoint_id=fal-ai/flux/dev");
    expect(other.status).toBe(404);
    expect(await other.json()).toMatchObject({ detail: expect.stringContaining(modelId) });
    expect((await get("/models/fal-ai/flux/dev/llms.txt")).status).toBe(404);
  });

  it.each([`/models/${modelId}/llms.txt`, "/llms.txt"])("%s", async (path) => {
    const answer = await get(path);
    expect(answer.headers.get("content-type")).toMatch(/^text\/markdown/);
    expect(await answer.text()).toContain(`${front.address.url}/run/${modelId}`);
  });

  it.each(["/", "/docs", `/models/${modelId}`, `/models/${modelId}/api`])("%s is the page", async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await answer.text()).toContain("<!doctype html>");
  });

  it("are not sent again to who has them", async () => {
    const etag = (await get("/docs")).headers.get("etag")!;
    expect((await get("/docs", { "if-none-match": `"x", W/${etag}` })).status).toBe(304);
    expect((await get("/docs", { "if-none-match": '"x"' })).status).toBe(200);
  });
});

describe("operations over HTTP", () => {
  it("says that the process is alive", async () => {
    const answer = await get("/healthz");
    expect(await answer.json()).toEqual({ status: "ok", version: "1.2.3" });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it.each(["ready", "not-ready", "draining"] as const)("readyz while %s", async (status) => {
    readiness = { status, checks: { database: { ok: status === "ready" } } };
    const answer = await get("/readyz");
    expect(answer.status).toBe(status === "ready" ? 200 : 503);
    expect(await answer.json()).toEqual(readiness);
  });

  it("shows metrics to an admin key only, unless they are public", async () => {
    expect((await get("/metrics")).status).toBe(401);
    expect((await get("/metrics", { authorization: "Key wrong" })).status).toBe(401);
    const answer = await get("/metrics", { authorization: `Key ${key}` });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toBe("up 1\n");
    expect((await fetch(`${open.address.url}/metrics`)).status).toBe(200);
  });
});
