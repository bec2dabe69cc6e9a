import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import type { Ingest } from '../ingest/index.ts';
import type { Store } from '../store/index.ts';
import type { IngestHealth } from './ingest_health.ts';
import type { QueryQueue } from './query_queue.ts';

export interface OwnMetricsSources {
  readonly ingest: Ingest;
  readonly health: IngestHealth;
  readonly queue: QueryQueue;
  readonly store: () => Store | undefined;
}

const DOORS = [
  'remote-write',
  'scrape',
  'otlp-http',
  'zipkin',
  'jaeger',
  'loki-push',
  'elasticsearch',
  'fluent-http',
  'fluent-forward',
  'syslog',
  'ci',
] as const;
const SIGNALS = ['metrics', 'logs', 'traces'] as const;
const REASONS = [
  'too_old',
  'too_new',
  'out_of_order',
  'series_limit',
  'stream_limit',
  'label_count',
  'label_name_length',
  'label_value_length',
  'invalid_labels',
  'invalid_record',
  'unsupported',
  'undecodable',
  'too-large',
  'over-quota',
  'unavailable',
] as const;

/** What the program says of its own health; names as the reliability programme lists them. Label sets are closed. */
export function registerOwnMetrics(
  metrics: MetricsRegistry,
  { ingest, health, queue, store }: OwnMetricsSources,
): void {
  const gauge = (name: string, help: string, read: () => number): void => metrics.observed('gauge', name, help, read);
  const counter = (name: string, help: string, read: () => number): void =>
    metrics.observed('counter', name, help, read);
  gauge('trilith_wal_bytes', 'Bytes of the write-ahead log on disk.', () => ingest.status().walBytes);
  gauge('trilith_wal_bytes_behind', 'Bytes of the log the store does not hold yet.', () => ingest.status().bytesBehind);
  gauge(
    'trilith_wal_oldest_unloaded_seconds',
    'Age of the oldest acknowledged record not in the store.',
    () => ingest.status().oldestUnloadedMs / 1000,
  );
  gauge('trilith_wal_poisoned', '1 after a failed write or sync of the log.', () => Number(ingest.status().poisoned));
  counter(
    'trilith_wal_corrupt_frames_total',
    'Damaged places found in the log and set aside.',
    () => ingest.status().damage.corruptRanges,
  );
  counter('trilith_wal_appended_bytes_total', 'Bytes appended to the log.', () => ingest.status().appendedBytes);
  counter(
    'trilith_wal_refused_appends_total',
    'Appends refused: disk reserve, full or poisoned log.',
    () => ingest.status().refusedAppends,
  );
  counter(
    'trilith_duplicate_requests_total',
    'Requests seen before and acknowledged without storing them again.',
    () => ingest.status().duplicateRequests,
  );
  gauge('trilith_disk_free_ratio', 'Free share of the disk that holds the data.', () => ingest.status().diskFreeRatio);
  gauge('trilith_queries_running', 'Queries running now.', () => queue.running);
  gauge('trilith_queries_waiting', 'Queries waiting for a place.', () => queue.waiting);
  gauge('trilith_store_ready', '1 while the store answers.', () => Number(store()?.state() === 'ready'));
  metrics.observedRows(
    'counter',
    'trilith_accepted_records_total',
    'Records accepted, on disk.',
    { door: DOORS, signal: SIGNALS },
    () =>
      health.sources(Date.now()).flatMap((source) => {
        const door = DOORS.find((name) => name === source.door);
        return door === undefined ? [] : [[{ door, signal: source.signal }, source.accepted] as const];
      }),
  );
  metrics.observedRows(
    'counter',
    'trilith_rejected_records_total',
    'Records (or whole requests) refused, by reason.',
    { door: DOORS, reason: REASONS },
    () =>
      health.sources(Date.now()).flatMap((source) => {
        const door = DOORS.find((name) => name === source.door);
        return source.rejected.flatMap(({ reason, count }) => {
          const known = REASONS.find((name) => name === reason);
          return door === undefined || known === undefined ? [] : [[{ door, reason: known }, count] as const];
        });
      }),
  );
}
