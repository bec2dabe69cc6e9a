import { trace } from '@opentelemetry/api';
import { Counter, collectDefaultMetrics, Histogram, Registry, type RegistryContentType } from 'prom-client';

/** A service's own registry. */
export type MetricsRegistry = Registry<RegistryContentType>;

export interface HttpMetrics {
  /** Counts one answered request. Paths outside `known` are `other`: labels come from closed sets. */
  observe(method: string, path: string, status: number, seconds: number): void;
}

/**
 * OpenMetrics, so that exemplars lead from a bucket to a trace; but the text format for services that stand in for an
 * exporter of the Prometheus world, whose names (`pg_stat_database_deadlocks`) OpenMetrics would change.
 */
export function createRegistry(format: 'openmetrics' | 'text'): MetricsRegistry {
  const registry: MetricsRegistry = new Registry();
  registry.setContentType(format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** `http_requests_total{method,path,status}` and `http_request_duration_seconds{method,path}`, as our users' services have them. */
export function createHttpMetrics(registry: MetricsRegistry, known: readonly string[]): HttpMetrics {
  const exemplars = registry.contentType === Registry.OPENMETRICS_CONTENT_TYPE;
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests',
    labelNames: ['method', 'path', 'status'],
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Latency',
    labelNames: ['method', 'path'],
    enableExemplars: exemplars,
    registers: [registry],
  });
  return {
    observe(method, rawPath, status, value) {
      const path = known.includes(rawPath) ? rawPath : 'other';
      requests.labels(method, path, String(status)).inc();
      const span = trace.getActiveSpan()?.spanContext();
      if (!exemplars || span === undefined) {
        latency.labels(method, path).observe(value);
        return;
      }
      const exemplarLabels: Record<string, string> = { trace_id: span.traceId, span_id: span.spanId };
      latency.observe({ labels: { method, path }, value, exemplarLabels });
    },
  };
}
