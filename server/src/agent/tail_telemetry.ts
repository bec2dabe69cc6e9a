import type { MetricsRegistry } from '../base/telemetry/metrics.ts';

/** What happens while files are followed. */
export interface TailTelemetry {
  opened(): void;
  ended(): void;
  truncated(): void;
  unreadable(): void;
  /** A record that an annotation of its pod keeps out. */
  excluded(): void;
  /** Records put into the queue. */
  sealed(records: number): void;
  /** Whether reading waits for room in the queue. */
  blocked(now: boolean): void;
}

export function tailTelemetry(metrics: MetricsRegistry): TailTelemetry {
  const files = metrics.counters('trilith_agent_files_total', 'Log files by what happened to them.', {
    event: ['opened', 'ended', 'truncated', 'unreadable'],
  });
  const excluded = metrics.counter('trilith_agent_excluded_records_total', 'Records left out by annotations.');
  const records = metrics.counter('trilith_agent_records_total', 'Log records put into the queue.');
  const blocked = metrics.gauge('trilith_agent_blocked', '1 while files are not read because the queue is full.');
  return {
    opened: () => files.with({ event: 'opened' }).inc(),
    ended: () => files.with({ event: 'ended' }).inc(),
    truncated: () => files.with({ event: 'truncated' }).inc(),
    unreadable: () => files.with({ event: 'unreadable' }).inc(),
    excluded: () => excluded.inc(),
    sealed: (count) => records.inc(count),
    blocked: (now) => blocked.set(now ? 1 : 0),
  };
}
