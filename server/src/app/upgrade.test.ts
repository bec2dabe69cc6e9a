import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openStore, readRows, type Store, sql } from '../store/index.ts';
import { loadConfig } from './config.ts';
import { storeConfig } from './store_config.ts';
import { startSystem } from './system.ts';

const directory = await mkdtemp(join(tmpdir(), 'trilith-upgrade-'));
after(() => rm(directory, { recursive: true, force: true }));
const ENVIRONMENT = {
  TRILITH_LISTEN: '127.0.0.1:0',
  TRILITH_OTLP_LISTEN: 'off',
  TRILITH_SELF_MONITORING: 'false',
  TRILITH_LOG_LEVEL: 'error',
  TRILITH_DATA: directory,
};
const config = loadConfig([], ENVIRONMENT);

/** The store of the data directory without the program around it. */
async function inStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storeConfig(config, () => undefined));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const ACME = { database: 'acme' };

test('data of a tenant that a newer version wrote is refused, with what to do', async () => {
  await inStore(async (store) => {
    await store.ensureDatabase('acme');
    await store.writer.command(sql`INSERT INTO schema_version (version, name) VALUES (9001, 'later')`, ACME);
  });
  const main = join(import.meta.dirname, '../main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], {
    env: { ...process.env, ...ENVIRONMENT },
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 1);
  assert.match(
    `${stdout}${stderr}`,
    /the data of tenant acme was written by a newer version of Trilith \(schema 9001, this version knows \d+\): start that version/,
  );
});

test('a tenant that sends nothing has the schema of this version after a start', async () => {
  await inStore(async (store) => {
    await store.writer.command(sql`ALTER TABLE otel_logs DROP INDEX line_words`, ACME);
    await store.writer.command(sql`DELETE FROM schema_version WHERE version >= 24`, ACME);
  });
  const system = await startSystem(config, 'test');
  await system.ready;
  await system.close();
  const indexes = await inStore((store) =>
    store.writer.collect(
      sql`SELECT name FROM system.data_skipping_indices WHERE database = 'acme' AND name = 'line_words'`,
      ACME,
    ),
  );
  assert.deepEqual(readRows(indexes.blocks), [['line_words']]);
});
