import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TableName } from '../model/section.ts';
import { BackupError, type BackupManifest } from './backup.ts';
import { readRows } from './rows.ts';
import { sampleBlock } from './sample_rows.ts';
import { identifier, sql } from './sql.ts';
import { openStore, type Store } from './store.ts';
import { TABLES } from './tables.ts';

const TABLE_NAMES = Object.keys(TABLES) as TableName[];

describe('backups of an embedded store', () => {
  let root: string;
  let store: Store;
  let manifest: BackupManifest;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'trilith-backup-'));
    store = await openStore({ kind: 'embedded', dataDir: join(root, 'one') });
    await store.ensureDatabase('trilith');
    await store.ensureDatabase('other');
    for (const table of TABLE_NAMES) await insert(store, table, 'trilith', 50);
    await insert(store, 'otel_logs', 'other', 7);
    manifest = await store.backups.backup(join(root, 'backup'));
  });
  after(async () => {
    await store.close();
    await rm(root, { recursive: true });
  });

  const emptyStore = async (work: (store: Store) => Promise<void>): Promise<void> => {
    const dataDir = await mkdtemp(join(root, 'empty-'));
    const target = await openStore({ kind: 'embedded', dataDir });
    try {
      await target.ensureDatabase('trilith');
      await work(target);
    } finally {
      await target.close();
      await rm(dataDir, { recursive: true });
    }
  };
  const refuses = (source: string, reason: RegExp): Promise<void> =>
    emptyStore((target) =>
      assert.rejects(
        target.backups.restore(source),
        (error) => error instanceof BackupError && reason.test(error.message),
      ),
    );

  test('an empty store gets every row of every tenant back, and goes on from there', async () => {
    await emptyStore(async (target) => {
      await target.backups.restore(join(root, 'backup'));
      assert.deepEqual(await target.tenants(), ['other', 'trilith']);
      for (const table of TABLE_NAMES) {
        assert.deepEqual(await hashOf(target, 'trilith', table), await hashOf(store, 'trilith', table), table);
      }
      assert.deepEqual(await hashOf(target, 'other', 'otel_logs'), await hashOf(store, 'other', 'otel_logs'));
      await target.ensureDatabase('trilith');
      await insert(target, 'samples', 'trilith', 5);
    });
  });

  test('the manifest tells the rows of each table', () => {
    const rows = new Map(manifest.tables.map(({ database, table, rows: count }) => [`${database}.${table}`, count]));
    for (const table of TABLE_NAMES) assert.equal(rows.get(`trilith.${table}`), 50, table);
    assert.equal(rows.get('other.otel_logs'), 7);
    assert.equal(rows.get('other.samples'), 0);
  });

  test('progress counts up to every table', async () => {
    const seen: number[] = [];
    const { tables } = await store.backups.backup(join(root, 'second'), ({ done, total }) => {
      seen.push(done);
      assert.ok(done < total);
    });
    assert.deepEqual(
      seen,
      tables.map((_, i) => i),
    );
  });

  test('a store with rows is left alone', async () => {
    await assert.rejects(
      store.backups.restore(join(root, 'backup')),
      (error) => error instanceof BackupError && /not empty/.test(error.message),
    );
  });

  test('an existing directory is not written into', async () => {
    await assert.rejects(store.backups.backup(join(root, 'backup')), BackupError);
  });

  test('a backup cut short, changed or incomplete is refused', async () => {
    const victim = manifest.files.find(({ path }) => path.includes('otel_traces/') && path.endsWith('.bin'))?.path;
    assert.ok(victim !== undefined);
    const copy = async (name: string): Promise<string> => {
      await cp(join(root, 'backup'), join(root, name), { recursive: true });
      return join(root, name);
    };
    const truncated = await copy('truncated');
    await truncate(join(truncated, 'data', victim), 3);
    await refuses(truncated, /damaged.*bytes instead of/);
    const changed = await copy('changed');
    await writeFile(
      join(changed, 'data', victim),
      Buffer.alloc(manifest.files.find(({ path }) => path === victim)?.bytes ?? 0, 7),
    );
    await refuses(changed, /damaged.*has changed/);
    const incomplete = await copy('incomplete');
    await rm(join(incomplete, 'data', victim));
    await refuses(incomplete, /damaged/);
    const unfinished = await copy('unfinished');
    await rm(join(unfinished, 'manifest.json'));
    await refuses(unfinished, /not a complete backup/);
    const garbled = await copy('garbled');
    await truncate(join(garbled, 'manifest.json'), 100);
    await refuses(garbled, /not readable/);
  });

  test('nothing is left in the staging directory', async () => {
    assert.deepEqual(await readdir(join(root, 'one', 'backups')), []);
  });
});

async function insert(store: Store, table: TableName, database: string, rows: number): Promise<void> {
  const columns = TABLES[table].map(([name]) => name);
  await store.writer.insert(table, columns, sampleBlock(table, rows, 1n, rows), { database });
}

async function hashOf(store: Store, database: string, table: TableName): Promise<unknown> {
  const statement = sql`SELECT count(), sum(cityHash64(toString(tuple(*)))) FROM ${identifier(table)}`;
  return readRows((await store.reader.collect(statement, { database })).blocks);
}
