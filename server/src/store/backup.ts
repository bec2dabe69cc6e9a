import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { copyDirectory, firstDamage, moveDirectory, rowsOfParts, syncedFiles, writeDurably } from './backup_files.ts';
import { checkDatabaseName } from './migrate.ts';
import { readCount, readRows } from './rows.ts';
import { bind, identifier, type Sql, sql } from './sql.ts';
import type { StoreWriter } from './types.ts';

/** A backup is missing, incomplete or damaged, or the store it should go into is not empty. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Called before each table: how many are done, of how many, and which comes next. */
export type BackupProgress = (progress: {
  readonly done: number;
  readonly total: number;
  readonly table: string;
}) => void;

const manifestSchema = v.object({
  format: v.literal(1),
  /** ISO 8601. */
  takenAt: v.string(),
  tables: v.array(v.object({ database: v.string(), table: v.string(), rows: v.number() })),
  /** Every file below `data/`: a truncated or changed copy is noticed. */
  files: v.array(v.object({ path: v.string(), bytes: v.number(), crc32: v.number() })),
});

/** What a backup holds; written last, so a directory without it is no backup. */
export type BackupManifest = v.InferOutput<typeof manifestSchema>;

export interface Backups {
  /**
   * Writes every tenant's tables into a new directory while the store runs. Rows still in the write-ahead log are not
   * in it. Throws BackupError, StoreError.
   */
  backup(target: string, onProgress?: BackupProgress): Promise<BackupManifest>;
  /** Puts a backup into an empty store and compares the rows of every table. Throws BackupError, StoreError. */
  restore(source: string, onProgress?: BackupProgress): Promise<BackupManifest>;
}

const MANIFEST = 'manifest.json';
const DATA = 'data';
const HOURS = 3600;
/** What rows of other tables refer to comes last, so that nothing in a backup refers to what is not in it. */
const LAST = ['series', 'log_streams', 'log_pattern_texts', 'otel_traces_trace_id_ts', 'schema_version'];

/**
 * The engine's own BACKUP and RESTORE (clickhouse.com/docs/operations/backup) of an embedded store, by way of the one
 * directory it may use.
 * @param stagingDir that directory; undefined for a cluster, which has means of its own
 */
export function createBackups(
  servers: readonly StoreWriter[],
  stagingDir: string | undefined,
  tenants: () => Promise<readonly string[]>,
): Backups {
  const [server] = servers;
  const staged = async <T>(work: (server: StoreWriter, staging: string) => Promise<T>): Promise<T> => {
    if (server === undefined || stagingDir === undefined) {
      throw new BackupError('back up a cluster by its own means (BACKUP … ON CLUSTER)');
    }
    const staging = join(stagingDir, randomUUID());
    await mkdir(staging, { recursive: true, mode: 0o700 });
    try {
      return await work(server, staging);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  };
  return {
    backup: (target, onProgress = () => {}) =>
      staged(async (writer, staging) => backup(writer, staging, resolve(target), await tenants(), onProgress)),
    restore: (source, onProgress = () => {}) =>
      staged(async (writer, staging) => restore(writer, staging, resolve(source), await tenants(), onProgress)),
  };
}

async function backup(
  server: StoreWriter,
  staging: string,
  target: string,
  tenants: readonly string[],
  onProgress: BackupProgress,
): Promise<BackupManifest> {
  if (existsSync(target)) throw new BackupError(`${target} exists already`);
  const wanted = await tablesOf(server, tenants);
  const tables: BackupManifest['tables'] = [];
  for (const { database, table } of wanted) {
    const name = `${database}.${table}`;
    onProgress({ done: tables.length, total: wanted.length, table: name });
    const path = join(staging, DATA, name);
    // Without deduplication every part is complete in its directory, and its rows can be counted.
    await run(
      server,
      sql`BACKUP TABLE ${identifier(name)} TO File(${bind.string(path)}) SETTINGS deduplicate_files = 0`,
    );
    tables.push({ database, table, rows: await rowsOfParts(path) });
  }
  const files = await syncedFiles(join(staging, DATA));
  const manifest: BackupManifest = { format: 1, takenAt: new Date().toISOString(), tables, files: [...files] };
  await moveDirectory(join(staging, DATA), join(target, DATA));
  const damage = await firstDamage(join(target, DATA), files);
  if (damage !== undefined) throw new BackupError(`the backup was not written as it should be: ${damage}`);
  await writeDurably(join(target, MANIFEST), JSON.stringify(manifest));
  return manifest;
}

async function restore(
  server: StoreWriter,
  staging: string,
  source: string,
  tenants: readonly string[],
  onProgress: BackupProgress,
): Promise<BackupManifest> {
  const manifest = await readManifest(source);
  const damage = await firstDamage(join(source, DATA), manifest.files);
  if (damage !== undefined) throw new BackupError(`the backup is damaged: ${damage}`);
  await clearEmpty(server, tenants);
  await copyDirectory(join(source, DATA), join(staging, DATA));
  for (const [done, { database, table, rows }] of manifest.tables.entries()) {
    const name = `${database}.${table}`;
    onProgress({ done, total: manifest.tables.length, table: name });
    await run(server, sql`CREATE DATABASE IF NOT EXISTS ${identifier(database)}`);
    const path = join(staging, DATA, name);
    await run(server, sql`RESTORE TABLE ${identifier(name)} FROM File(${bind.string(path)})`);
    const found = await countRows(server, name);
    if (found !== rows) throw new BackupError(`${name} has ${found} rows after the restore instead of ${rows}`);
  }
  return manifest;
}

async function readManifest(source: string): Promise<BackupManifest> {
  let text: string;
  try {
    text = await readFile(join(source, MANIFEST), 'utf8');
  } catch (error) {
    throw new BackupError(`${source} is not a complete backup: no ${MANIFEST}`, { cause: error });
  }
  try {
    const manifest = v.parse(manifestSchema, JSON.parse(text));
    for (const { database } of manifest.tables) checkDatabaseName(database);
    return manifest;
  } catch (error) {
    throw new BackupError(`${join(source, MANIFEST)} is not readable`, { cause: error });
  }
}

/** A store that was just set up has tables without rows; those make way. Anything else is left alone and refused. */
async function clearEmpty(server: StoreWriter, tenants: readonly string[]): Promise<void> {
  for (const { database, table } of await tablesOf(server, tenants)) {
    if (table === 'schema_version') continue;
    const rows = await countRows(server, `${database}.${table}`);
    if (rows > 0) throw new BackupError(`the store is not empty: ${database}.${table} has ${rows} rows`);
  }
  for (const tenant of tenants) await run(server, sql`DROP DATABASE ${identifier(tenant)} SYNC`);
}

async function tablesOf(
  server: StoreWriter,
  tenants: readonly string[],
): Promise<readonly { readonly database: string; readonly table: string }[]> {
  const { blocks } = await server.collect(
    sql`SELECT database, name FROM system.tables WHERE has(${bind.strings(tenants)}, database)
      AND engine LIKE '%MergeTree' ORDER BY has(${bind.strings(LAST)}, name), database, name`,
    { database: 'system' },
  );
  return readRows(blocks).map(([database, table]) => ({ database: String(database), table: String(table) }));
}

async function countRows(server: StoreWriter, name: string): Promise<number> {
  const { blocks } = await server.collect(sql`SELECT count() FROM ${identifier(name)}`, { database: 'system' });
  return readCount(blocks);
}

function run(server: StoreWriter, statement: Sql): Promise<void> {
  return server.command(statement, { database: 'system', maxSeconds: 12 * HOURS });
}
