import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { AssetError } from "./errors.js";
import { continueTrace, currentTrace, withSpan } from "./tracing.js";

type Recorded = {
  name: string;
  attributes: Attributes;
  parentSpanId: string | undefined;
  context: SpanContext;
  status: SpanStatus | null;
  ended: boolean;
};

/** As little of an OpenTelemetry SDK as the program can meet: ids, parents and W3C headers. */
function installTracer(): Recorded[] {
  const spans: Recorded[] = [];
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, thisArg, ...args) => storage.run(active, () => work.apply(thisArg, args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  const tracer: Tracer = {
    startSpan(name, options = {}, active = context.active()) {
      const parent = trace.getSpanContext(active);
      const recorded: Recorded = {
        name,
        attributes: { ...options.attributes },
        parentSpanId: parent?.spanId,
        context: {
          traceId: parent?.traceId ?? "a".repeat(32),
          spanId: String(spans.length + 1).padStart(16, "0"),
          traceFlags: 1,
        },
        status: null,
        ended: false,
      };
      spans.push(recorded);
      const span = {
        spanContext: () => recorded.context,
        isRecording: () => !recorded.ended,
        setAttribute(key: string, value: never) {
          recorded.attributes[key] = value;
          return span;
        },
        setStatus(status: SpanStatus) {
          recorded.status = status;
          return span;
        },
        end() {
          recorded.ended = true;
        },
      } as unknown as Span;
      return span;
    },
    startActiveSpan(name: string, ...rest: unknown[]) {
      const work = rest.at(-1) as (span: Span) => never;
      const span = tracer.startSpan(name, rest[0] as object);
      return context.with(trace.setSpan(context.active(), span), () => work(span));
    },
  };
  const w3c: TextMapPropagator = {
    fields: () => ["traceparent"],
    inject(active, carrier, setter) {
      const span = trace.getSpanContext(active);
      if (span) setter.set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-01`);
    },
    extract(active, carrier, getter) {
      const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(String(getter.get(carrier, "traceparent")));
      if (match === null) return active;
      return trace.setSpanContext(active, { traceId: match[1]!, spanId: match[2]!, traceFlags: 1 });
    },
  };
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(w3c);
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return spans;
}

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

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
    const error = new AssetError("file_download_error", "Not there.");
    await expect(withSpan("fetch", {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(spans[0]).toMatchObject({
      ended: true,
      status: { code: SpanStatusCode.ERROR, message: "Not there." },
      attributes: { "error.type": "file_download_error" },
    });
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
