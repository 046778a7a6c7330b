import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import { ParlanteError } from "./errors.js";

/** The headers or values that carry a trace from process to process (W3C `traceparent`, `tracestate`). */
export type TraceCarrier = Readonly<Record<string, string>>;

const NAME = "parlante";

const headerGetter: TextMapGetter<unknown> = {
  keys: (carrier) => (carrier instanceof Headers ? [...carrier.keys()] : Object.keys(carrier as object)),
  get(carrier, key) {
    if (carrier instanceof Headers) return carrier.get(key) ?? undefined;
    const value: unknown = (carrier as Record<string, unknown>)[key];
    return typeof value === "string" ? value : undefined;
  },
};

/**
 * Runs `work` as one span of a trace. Whoever wants traces loads an OpenTelemetry SDK beside the program
 * (`node --import …`); without one this does nothing but call `work`.
 *
 * @param attributes - what is known at the start; more can be set on the span
 */
export function withSpan<Result>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  return trace.getTracer(NAME).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      if (span.isRecording()) markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Runs `work` as part of the trace that came with a request or a job. */
export function continueTrace<Result>(carrier: Headers | TraceCarrier, work: () => Result): Result {
  return context.with(propagation.extract(context.active(), carrier, headerGetter), work);
}

/** What to hand on so that another process can {@link continueTrace | continue} this trace; empty without one. */
export function currentTrace(): TraceCarrier {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** Without the stack, which may hold what the caller sent. */
function markFailed(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ParlanteError) {
    span.setAttribute("error.type", error.code);
    // What the caller has to mend is no failure of ours.
    if (error.status < 500) return;
  }
  span.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, 500) });
}
