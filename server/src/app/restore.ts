import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openStore } from '../store/index.ts';
import { type Config, ConfigError } from './config.ts';
import { claimDataDirectory } from './data_lock.ts';
import { storeConfig } from './store_config.ts';

/**
 * `trilith restore DIR`: puts a backup into an empty data directory, with no server running on it, and compares the rows
 * of every table with the backup's own count. Rejects with ConfigError, BackupError.
 */
export async function restoreCommand(source: string, config: Config, print: (line: string) => void): Promise<void> {
  if (config.clickhouse !== undefined)
    throw new ConfigError('restore works on an embedded store; a cluster is restored by its own means');
  const data = resolve(config.data);
  const release = claimDataDirectory(data);
  try {
    const present = readdirSync(data).filter((name) => name === 'store' || name === 'wal');
    if (present.length > 0)
      throw new ConfigError(
        `${data} is not empty (it has ${present.map((name) => join(data, name)).join(', ')}); choose another with --data`,
      );
    const store = await openStore(storeConfig(config, () => undefined));
    try {
      const manifest = await store.backups.restore(resolve(source), ({ done, total, table }) =>
        print(`  ${done + 1}/${total} ${table}`),
      );
      const rows = manifest.tables.reduce((sum, { rows: count }) => sum + count, 0);
      print(
        `restored ${rows.toLocaleString('en')} rows of ${manifest.tables.length} tables, taken ${manifest.takenAt}; every count is right`,
      );
    } finally {
      await store.close();
    }
  } finally {
    release();
  }
}
