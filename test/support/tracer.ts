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
  type TextMapPropagator,
  type Tracer,
  trace,
} from "@opentelemetry/api";

/** A span as it was left. */
export type RecordedSpan = {
  name: string;
  attributes: Attributes;
  parentSpanId: string | undefined;
  context: SpanContext;
  status: SpanStatus | null;
  ended: boolean;
};

/** As little of an OpenTelemetry SDK as the program can meet: ids, parents and W3C headers. */
export function installTracer(): RecordedSpan[] {
  const spans: RecordedSpan[] = [];
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
      const recorded: RecordedSpan = {
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

/** Takes the tracer away again. */
export function removeTracer(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}
