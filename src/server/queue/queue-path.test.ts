import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathSegments } from "../fal/endpoint-path.js";
import { MODEL_ID } from "../fal/model.js";
import { parseRequestPath } from "./queue-path.js";

const ID = "6f1c2a1e-9d0c-4a5e-8f3b-0123456789ab";
const parse = (path: string) => parseRequestPath(pathSegments(path));

describe("a path about a request", () => {
  it("is understood with and without the sub-path of the endpoint", () => {
    for (const endpoint of ["fal-ai/heygen", MODEL_ID]) {
      const base = `/${endpoint}/requests/${ID}`;
      expect(parse(base)).toEqual({ question: "result", id: ID });
      expect(parse(`${base}/response`)).toEqual({ question: "result", id: ID });
      expect(parse(`${base}/status`)).toEqual({ question: "status", id: ID });
      expect(parse(`${base}/status/stream`)).toEqual({ question: "stream", id: ID });
      expect(parse(`${base}/live.mp4`)).toEqual({ question: "live", id: ID });
      expect(parse(`${base}/live.webm`)).toEqual({ question: "live", id: ID });
      expect(parse(`${base}/cancel/`)).toEqual({ question: "cancel", id: ID });
      expect(parse(`/${endpoint}/requests/${ID.toUpperCase()}`)?.id).toBe(ID);
    }
  });

  it("is about nobody when the endpoint is another one", () => {
    for (const endpoint of ["fal-ai/flux", "fal-ai/heygen/avatar3/digital-twin", "workflows/fal-ai/heygen"]) {
      expect(parse(`/${endpoint}/requests/${ID}/status`)).toEqual({ question: "status", id: null });
    }
  });

  it("is none without a request or with another question", () => {
    for (const path of [
      "/",
      `/${MODEL_ID}`,
      "/fal-ai/heygen/requests",
      `/fal-ai/heygen/requests/${ID}/logs`,
    ]) {
      expect(parse(path)).toBeNull();
    }
    expect(parse(`/requests/${ID}`)).toBeNull();
  });

  it("only ever yields a uuid as its id", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const id = parse(`/fal-ai/heygen/requests/${text}/status`)?.id ?? null;
        if (id !== null) expect(id).toMatch(/^[0-9a-f-]{36}$/);
      }),
    );
    for (const id of [
      "1",
      `${ID}0`,
      `{${ID}}`,
      "6f1c2a1e9d0c4a5e8f3b0123456789ab",
      "'; drop table requests",
    ]) {
      expect(parse(`/fal-ai/heygen/requests/${encodeURIComponent(id)}`)?.id).toBeNull();
    }
  });
});
