import { afterEach, expect, it } from "vitest";
import { completed, NO_KEY, openQueueBench, submissionOf } from "../../../test/support/queue-bench.js";
import { installTracer, removeTracer } from "../../../test/support/tracer.js";
import { continueTrace, type TraceCarrier, withSpan } from "../../shared/tracing.js";

afterEach(removeTracer);

it("the trace of a caller goes on in the worker, and into the process that makes the video", async () => {
  const spans = installTracer();
  const bench = await openQueueBench();
  try {
    const traces: (TraceCarrier | undefined)[] = [];
    await bench.addWorker(async (job) => {
      traces.push(job.trace);
    });
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = new Headers({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const { id } = await continueTrace(headers, () =>
      withSpan("POST queue", {}, () => bench.queue.submit(submissionOf())),
    );
    await completed(bench.queue, id, NO_KEY);
    const find = (name: string) => spans.find((span) => span.name === name)!;
    const [submitted, attempt, make] = [find("POST queue"), find("parlante.attempt"), find("parlante.make")];
    expect(attempt.parentSpanId).toBe(submitted.context.spanId);
    expect(attempt.attributes).toEqual({ "parlante.request_id": id, "parlante.attempt": 1 });
    expect(make.parentSpanId).toBe(attempt.context.spanId);
    expect(traces).toEqual([{ traceparent: `00-${traceId}-${make.context.spanId}-01` }]);
  } finally {
    await bench.close();
  }
});
