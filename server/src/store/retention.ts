import type { TableName } from '../model/section.ts';
import { dayOf } from '../model/units.ts';
import { readRows } from './rows.ts';
import { bind, identifier, sql } from './sql.ts';
import type { StoreWriter } from './types.ts';

/** How long each signal is kept, in days; at least 1. */
export interface RetentionDays {
  readonly metrics: number;
  readonly logs: number;
  readonly traces: number;
}

export const DEFAULT_RETENTION: RetentionDays = { metrics: 30, logs: 14, traces: 7 };

/** The two clocks the guard compares. */
export interface RetentionClock {
  /** ms since the epoch. */
  readonly wallMs: () => number;
  /** ms, never set back or forward. */
  readonly monotonicMs: () => number;
}

export interface DroppedPartition {
  readonly database: string;
  readonly table: string;
  /** `YYYYMMDD` */
  readonly partition: string;
}

export type RetentionRound =
  | { readonly kind: 'done'; readonly dropped: readonly DroppedPartition[] }
  /** The wall clock moved by itself: dropping waits a round, so that a wrong date costs no data at once. */
  | { readonly kind: 'paused'; readonly jumpMs: number };

export interface Retention {
  /** Drops every partition whose last day is older than its signal's retention. Throws StoreError. */
  run(): Promise<RetentionRound>;
}

const SIGNAL: Readonly<Partial<Record<TableName, keyof RetentionDays>>> = {
  series: 'metrics',
  samples: 'metrics',
  native_histograms: 'metrics',
  sample_starts: 'metrics',
  metadata: 'metrics',
  exemplars: 'metrics',
  log_streams: 'logs',
  otel_logs: 'logs',
  log_patterns: 'logs',
  log_pattern_texts: 'logs',
  otel_traces: 'traces',
  otel_traces_trace_id_ts: 'traces',
};

const MAX_JUMP_MS = 3_600_000;
const MS_PER_DAY = 86_400_000;

const SYSTEM_CLOCK: RetentionClock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * Whole partitions only: dropping one is a rename, whatever its size. The first round after a start only sets the clock's
 * reference.
 * @param servers every server that stores parts
 */
export function createRetention(
  servers: readonly StoreWriter[],
  days: RetentionDays,
  clock: RetentionClock = SYSTEM_CLOCK,
): Retention {
  for (const [signal, count] of Object.entries(days)) {
    if (!(count >= 1)) throw new RangeError(`retention of ${signal} must be at least one day, not ${count}`);
  }
  let wall = clock.wallMs();
  let monotonic = clock.monotonicMs();
  return {
    async run() {
      const wallNow = clock.wallMs();
      const monotonicNow = clock.monotonicMs();
      const jumpMs = wallNow - wall - (monotonicNow - monotonic);
      wall = wallNow;
      monotonic = monotonicNow;
      if (Math.abs(jumpMs) > MAX_JUMP_MS) return { kind: 'paused', jumpMs };
      const dropped: DroppedPartition[] = [];
      for (const server of servers) dropped.push(...(await dropExpired(server, days, wallNow)));
      return { kind: 'done', dropped };
    },
  };
}

async function dropExpired(
  server: StoreWriter,
  days: RetentionDays,
  nowMs: number,
): Promise<readonly DroppedPartition[]> {
  const { blocks } = await server.collect(
    sql`SELECT DISTINCT database, table, partition_id FROM system.parts
      WHERE active AND match(partition_id, '^[0-9]{8}$') AND database NOT IN ('system')
        AND replaceRegexpOne(table, '_local$', '') IN ${bind.strings(Object.keys(SIGNAL))}`,
    { database: 'system' },
  );
  const dropped: DroppedPartition[] = [];
  for (const [database, table, partition] of readRows(blocks)) {
    const name = String(table);
    const signal = SIGNAL[name.replace(/_local$/, '') as TableName];
    // The oldest day still kept: a partition goes when its last moment is older than the retention.
    if (signal === undefined || Number(partition) >= dayOf(nowMs - days[signal] * MS_PER_DAY)) continue;
    await server.command(
      sql`ALTER TABLE ${identifier(`${String(database)}.${name}`)} DROP PARTITION ID ${bind.string(String(partition))}`,
      { database: String(database) },
    );
    dropped.push({ database: String(database), table: name, partition: String(partition) });
  }
  return dropped;
}
