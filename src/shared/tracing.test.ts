import { SpanStatusCode } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { installTracer, removeTracer } from "../../test/support/tracer.js";
import { AssetError, EngineError } from "./errors.js";
import { continueTrace, currentTrace, withSpan } from "./tracing.js";

afterEach(removeTracer);

describe("spans", () => {
  it("do nothing without an SDK", async () => {
    await expect(withSpan("work", { a: 1 }, async () => 7)).resolves.toBe(7);
    await expect(withSpan("work", {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(currentTrace()).toEqual({});
    expect(continueTrace({ traceparent: "00-x" }, () => 3)).toBe(3);
  });

  it("nest as the calls do, and end", async () => {
    const spans = installTracer();
    await withSpan("outer", { request: "r" }, async (span) => {
      await Promise.all([withSpan("left", {}, async () => 1), withSpan("right", {}, async () => 2)]);
      span.setAttribute("late", true);
    });
    expect(spans.map(({ name, parentSpanId, ended }) => [name, parentSpanId, ended])).toEqual([
      ["outer", undefined, true],
      ["left", "0000000000000001", true],
      ["right", "0000000000000001", true],
    ]);
    expect(spans[0]!.attributes).toEqual({ request: "r", late: true });
  });

  it("say what went wrong, and pass it on", async () => {
    const spans = installTracer();
    const error = new EngineError("internal_server_error", "It broke.");
    await expect(withSpan("draw", {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(spans[0]).toMatchObject({
      ended: true,
      status: { code: SpanStatusCode.ERROR, message: "It broke." },
      attributes: { "error.type": "internal_server_error" },
    });
    const theirs = new AssetError("file_download_error", "Not there.");
    await expect(withSpan("fetch", {}, () => Promise.reject(theirs))).rejects.toBe(theirs);
    expect(spans[1]).toMatchObject({ status: null, attributes: { "error.type": "file_download_error" } });
  });

  it("continue the trace of the caller's headers, and hand it on", async () => {
    const spans = installTracer();
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = new Headers({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const carried = await continueTrace(headers, () => withSpan("serve", {}, async () => currentTrace()));
    expect(spans[0]).toMatchObject({ parentSpanId: "00f067aa0ba902b7", context: { traceId } });
    expect(carried).toEqual({ traceparent: `00-${traceId}-0000000000000001-01` });
    await continueTrace(carried, () => withSpan("work", {}, async () => null));
    expect(spans[1]).toMatchObject({ parentSpanId: "0000000000000001", context: { traceId } });
  });

  it("ignore headers that are no trace", async () => {
    const spans = installTracer();
    await continueTrace(new Headers({ traceparent: "nonsense" }), () => withSpan("serve", {}, async () => 0));
    expect(spans[0]!.parentSpanId).toBeUndefined();
  });
});
