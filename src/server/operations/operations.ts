import type { HttpMetrics } from "./http-metrics.js";
import { createMetrics, type Metrics, type MetricsOptions } from "./metrics.js";
import { createReadiness, type Readiness, type ReadinessOptions } from "./readiness.js";

/** What watching over one process takes. */
export type OperationsOptions = MetricsOptions &
  ReadinessOptions & {
    /** Whether `/metrics` is for everybody who reaches the server; otherwise an admin key is needed. */
    readonly metricsArePublic: boolean;
  };

/** How one process is watched. */
export type Operations = {
  readonly version: string;
  readonly metricsArePublic: boolean;
  /** To be told of every answer. */
  readonly http: HttpMetrics;
  metrics(): ReturnType<Metrics["render"]>;
  readiness(): Promise<Readiness>;
  /** From now on `/readyz` says 503, so that no new caller is sent here. */
  startDraining(): void;
};

/** Starts to watch: requests that end from now on are counted. */
export async function createOperations(options: OperationsOptions): Promise<Operations> {
  const metrics = await createMetrics(options);
  const readiness = createReadiness(options);
  return {
    version: options.version,
    metricsArePublic: options.metricsArePublic,
    http: metrics.http,
    metrics: () => metrics.render(),
    readiness: () => readiness.check(),
    startDraining: () => readiness.drain(),
  };
}
