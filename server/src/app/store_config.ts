import { join, resolve } from 'node:path';
import type { StoreConfig } from '../store/index.ts';
import type { Config } from './config.ts';

/** The store's part of the configuration. */
export function storeConfig(config: Config, onLog: (line: string) => void): StoreConfig {
  const retention = {
    metrics: config.retention.metrics_days,
    logs: config.retention.logs_days,
    traces: config.retention.traces_days,
  };
  const { clickhouse } = config;
  if (clickhouse === undefined) {
    const data = resolve(config.data);
    return {
      kind: 'embedded',
      dataDir: join(data, 'store'),
      memoryBytes: config.engine_memory_mib * 1024 * 1024,
      retention,
      onLog,
    };
  }
  return {
    kind: 'cluster',
    urls: clickhouse.url.split(',') as [string, ...string[]],
    cluster: clickhouse.cluster,
    replicated: clickhouse.replicated,
    writer: { user: clickhouse.user, password: clickhouse.password },
    reader: { user: clickhouse.reader_user, password: clickhouse.reader_password },
    retention,
    ...(clickhouse.secret === undefined ? {} : { secret: clickhouse.secret }),
  };
}
