import { hostname } from 'node:os';
import { createLogger, type Logger, type LogLevel, type LogRecord } from './log.ts';
import { createMetricsRegistry, type MetricsRegistry } from './metrics.ts';
import type { Resource } from './otlp.ts';
import { createTracer, type Tracer } from './tracing.ts';

export interface TelemetryOptions {
  /** `service.name`; default `trilith`. */
  readonly service?: string;
  readonly version: string;
  readonly level?: LogLevel;
  /** Where log lines go; default standard output. */
  readonly write?: (line: string) => void;
  /** Share of our own root spans recorded, 0…1. Default 1. */
  readonly traceRatio?: number;
  /** Spans and log records held until exported, each. Default 4096; more are dropped and counted. */
  readonly capacity?: number;
  readonly now?: () => number;
}

/** What a part of the program needs to tell about itself; passed as a parameter, never global. */
export interface Telemetry {
  readonly metrics: MetricsRegistry;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly resource: Resource;
  /** Log records since the last call, oldest first. */
  drainLogs(): LogRecord[];
}

/** Metrics, log and tracer that know one another: lines carry the ids of the span they were written in. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const capacity = options.capacity ?? 4096;
  const service = options.service ?? 'trilith';
  const metrics = createMetricsRegistry();
  const tracer = createTracer({ capacity, ratio: options.traceRatio ?? 1 });
  let records: LogRecord[] = [];
  let droppedRecords = 0;
  const lines = metrics.counters('trilith_log_lines_total', 'Lines written to our own log.', {
    level: ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'],
  });
  metrics.observed('counter', 'trilith_own_spans_dropped_total', 'Own spans lost to a full buffer.', tracer.dropped);
  metrics.observed(
    'counter',
    'trilith_own_log_records_dropped_total',
    'Own lines printed but not stored.',
    () => droppedRecords,
  );
  const log = createLogger({
    service,
    level: options.level ?? 'INFO',
    write: options.write ?? ((line) => process.stdout.write(line)),
    sinks: [
      (record) => {
        lines.with({ level: record.level }).inc();
        if (records.length < capacity) records.push(record);
        else droppedRecords++;
      },
    ],
    ...(options.now === undefined ? {} : { now: options.now }),
    activeSpan: tracer.active,
  });
  return {
    metrics,
    log,
    tracer,
    resource: {
      'service.name': service,
      'service.version': options.version,
      'service.instance.id': `${hostname()}-${process.pid}`,
      'host.name': hostname(),
    },
    drainLogs() {
      const drained = records;
      records = [];
      return drained;
    },
  };
}
