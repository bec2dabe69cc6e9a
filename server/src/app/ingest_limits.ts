import { DEFAULT_LIMITS, type IngestLimits } from '../ingest/index.ts';
import type { Config } from './config.ts';

/** The limits of ingest: the defaults, and what the configuration says of them. */
export function ingestLimits(config: Config): IngestLimits {
  const { limits } = config;
  const mib = 1024 * 1024;
  return {
    ...DEFAULT_LIMITS,
    bytesPerSecond: limits.ingest_mib_per_second * mib,
    activeSeries: limits.active_series,
    activeStreams: limits.active_streams,
    decode: {
      ...DEFAULT_LIMITS.decode,
      oldestSampleMs: limits.out_of_order_minutes * 60_000,
      oldestLogMs: limits.oldest_hours * 3_600_000,
    },
    log: {
      ...DEFAULT_LIMITS.log,
      logBytes: limits.wal_mib * mib,
      freeBytes: limits.disk_reserve_mib * mib,
      freeRatio: limits.disk_reserve_ratio,
    },
  };
}
