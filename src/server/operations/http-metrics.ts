import { Counter, Histogram, type Registry } from "prom-client";
import type { Surface } from "../surface.js";

/** One answered request. */
export type HttpObservation = {
  /** Null: answered before it reached one, e.g. refused. */
  readonly surface: Surface | null;
  readonly method: string;
  readonly status: number;
  /** From its first line to the last byte of the answer. */
  readonly seconds: number;
};

/** Counts what goes over the wire. */
export type HttpMetrics = {
  answered(observation: HttpObservation): void;
};

/** A caller may write any method; a label must not become as many. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT"];
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** HTTP requests by surface, method and status; latency by surface. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "parlante_http_requests_total",
    help: "HTTP requests answered by this process.",
    labelNames: ["surface", "method", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "parlante_http_request_seconds",
    help: "From the first line of a request to the last byte of its answer; sync runs (run) and event streams (queue) take long.",
    labelNames: ["surface"],
    buckets: BUCKETS,
    registers,
  });
  return {
    answered({ surface, method, status, seconds: duration }) {
      const label = surface ?? "none";
      requests.inc({ surface: label, method: METHODS.includes(method) ? method : "OTHER", status });
      seconds.observe({ surface: label }, Math.max(0, duration));
    },
  };
}
