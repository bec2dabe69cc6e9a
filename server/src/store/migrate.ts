import { readdirSync, readFileSync } from 'node:fs';
import { readUint32s } from './rows.ts';
import { bind, identifier, type Sql, sql, trusted } from './sql.ts';
import { StoreError, type StoreWriter } from './types.ts';

/** How tables are made. */
export type Layout =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'cluster';
      /** The cluster's name in the servers' `remote_servers`. */
      readonly cluster: string;
      /** ReplicatedMergeTree (needs Keeper and the macros `shard` and `replica`) instead of plain MergeTree. */
      readonly replicated: boolean;
    };

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Every part is on disk before an insert or a merge is acknowledged: the log drops its segment after that. No
 * deduplication window: it loses batches when the engine is killed between its log and the commit. Small parts keep all
 * columns in one file, so that a batch costs few fsyncs.
 */
const SETTINGS = [
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'non_replicated_deduplication_window = 0',
  'min_bytes_for_wide_part = 33554432',
  'ttl_only_drop_parts = 1',
  'parts_to_delay_insert = 5000',
  'parts_to_throw_insert = 10000',
  'max_parts_in_total = 100000',
].join(', ');

const LOCAL_SUFFIX = '_local';
const MEMORY_FOR_DDL = 1024 * 1024 * 1024;

/**
 * A database that a newer version wrote. This one would misread what it does not know (a reference for a trace id, say), so
 * it neither reads nor writes it.
 */
class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

/**
 * Brings a tenant's database to the newest schema; what is there already stays. Give every server of a cluster its own
 * writer: statements run on each, because distributed DDL would need Keeper. Throws a {@link NewerSchemaError} for a database
 * with migrations that this version does not have.
 *
 * On a cluster a table `x` is stored as `x_local` on every server and `x` is the Distributed table over it, so reads
 * and inserts use the same name in both layouts.
 */
export async function migrate(servers: readonly StoreWriter[], database: string, layout: Layout): Promise<void> {
  checkDatabaseName(database);
  const migrations = loadMigrations();
  for (const server of servers) await migrateServer(server, database, layout, migrations);
  // Only now every server has its local tables, so inserts through the twins cannot meet one without.
  if (layout.kind === 'cluster') {
    for (const server of servers) {
      await createTwins(server, database, layout.cluster, migrations);
      await alterTwins(server, database, migrations);
    }
  }
}

/** Letters, digits and underscores, at most 64: the name of a tenant is the name of its database. */
export function checkDatabaseName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) || RESERVED.has(name.toLowerCase())) {
    throw new StoreError('rejected', 0, `not a tenant name: ${name.slice(0, 80)}`);
  }
}

const RESERVED = new Set(['system', 'information_schema', 'default']);

/** The names of the tables the schema makes, in order. */
export function schemaTables(): readonly string[] {
  return loadMigrations().flatMap((migration) => migration.statements.map(createdTable).filter((name) => name !== ''));
}

async function migrateServer(
  server: StoreWriter,
  database: string,
  layout: Layout,
  migrations: readonly Migration[],
): Promise<void> {
  const system = { database: 'system', maxMemoryBytes: MEMORY_FOR_DDL };
  await server.command(sql`CREATE DATABASE IF NOT EXISTS ${identifier(database)}`, system);
  const options = { database, maxMemoryBytes: MEMORY_FOR_DDL };
  await server.command(
    trusted(
      `CREATE TABLE IF NOT EXISTS schema_version (version UInt32, name String, time DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version SETTINGS ${SETTINGS}`,
    ),
    options,
  );
  const { blocks } = await server.collect(trusted('SELECT version FROM schema_version'), { database });
  const done = new Set(readUint32s(blocks));
  const newest = migrations.at(-1)?.version ?? 0;
  const found = Math.max(0, ...done);
  if (found > newest) {
    throw new NewerSchemaError(
      `the data of tenant ${database} was written by a newer version of Trilith (schema ${found}, this version knows ${newest}): start that version again, or restore a backup from before the upgrade`,
    );
  }
  for (const migration of migrations) {
    if (done.has(migration.version)) continue;
    for (const statement of migration.statements) {
      await server.command(trusted(localStatement(statement, layout)), options);
    }
    const record = sql`INSERT INTO schema_version (version, name) SELECT ${bind.uint64(migration.version)}, ${bind.string(migration.name)}`;
    await server.command(record, options);
  }
}

/**
 * Replaces the placeholders of a schema file. Every statement may run twice (tables IF NOT EXISTS, alterations by the
 * author's ADD COLUMN IF NOT EXISTS and the like), so a crash half way does no harm.
 */
function localStatement(statement: string, layout: Layout): string {
  const altered = alteredTable(statement);
  if (altered !== '') {
    const name = layout.kind === 'cluster' ? `${altered}${LOCAL_SUFFIX}` : altered;
    // What parts that are there have to get is waited for by nobody: by default the start would, 3 s for each million log lines.
    const inBackground = /\bMATERIALIZE (INDEX|PROJECTION) /.test(statement) ? ' SETTINGS mutations_sync = 0' : '';
    return statement.replace(/^ALTER TABLE \w+/, `ALTER TABLE ${name}`) + inBackground;
  }
  const table = createdTable(statement);
  if (table === '')
    throw new StoreError('rejected', 0, `neither CREATE TABLE nor ALTER TABLE: ${statement.slice(0, 80)}`);
  const name = layout.kind === 'cluster' ? `${table}${LOCAL_SUFFIX}` : table;
  const replicated = layout.kind === 'cluster' && layout.replicated;
  return statement
    .replace(/^CREATE TABLE \w+/, `CREATE TABLE IF NOT EXISTS ${name}`)
    .replaceAll(
      '{engine}',
      replicated ? "ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')" : 'MergeTree',
    )
    .replaceAll(
      '{settings}',
      replicated
        ? SETTINGS.replace('non_replicated_deduplication_window = 0', 'replicated_deduplication_window = 0')
        : SETTINGS,
    );
}

/**
 * Batches go to one shard whole, chosen by their id: so a batch is one part or none on the cluster too, and the check
 * for its presence stays exact. Rows without a batch (collectors writing straight into the cluster) are spread.
 */
async function createTwins(
  server: StoreWriter,
  database: string,
  cluster: string,
  migrations: readonly Migration[],
): Promise<void> {
  const options = { database, maxMemoryBytes: MEMORY_FOR_DDL };
  const tables = migrations.flatMap((migration) => migration.statements.map(createdTable));
  for (const table of tables.filter((name) => name !== '')) {
    const local = `${table}${LOCAL_SUFFIX}`;
    const statement: Sql = sql`CREATE TABLE IF NOT EXISTS ${identifier(table)} AS ${identifier(local)}
      ENGINE = Distributed(${identifier(cluster)}, ${identifier(database)}, ${identifier(local)},
        if(batch_id = 0, rand64(), cityHash64(batch_id)))`;
    await server.command(statement, options);
  }
}

/** A twin made by an earlier version has the columns of that time: those added since are added to it too, and what has become a default or an alias. */
async function alterTwins(server: StoreWriter, database: string, migrations: readonly Migration[]): Promise<void> {
  const options = { database, maxMemoryBytes: MEMORY_FOR_DDL };
  for (const statement of migrations.flatMap((migration) => migration.statements)) {
    if (/^ALTER TABLE \w+\s+(ADD COLUMN IF NOT EXISTS |MODIFY COLUMN \w+ \S+ (DEFAULT|ALIAS) )/.test(statement)) {
      // Codecs and lifetimes belong to stored columns only.
      const column = statement.replace(/ CODEC\((?:[^()]|\([^()]*\))*\)/g, '').replace(/ TTL [^,]*$/, '');
      await server.command(trusted(column), options);
    }
  }
}

function alteredTable(statement: string): string {
  return /^ALTER TABLE (\w+)/.exec(statement)?.[1] ?? '';
}

function createdTable(statement: string): string {
  return /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? '';
}

let loaded: readonly Migration[] | undefined;

function loadMigrations(): readonly Migration[] {
  if (loaded !== undefined) return loaded;
  const directory = new URL('./schema/', import.meta.url);
  loaded = readdirSync(directory)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name,
      statements: splitStatements(readFileSync(new URL(name, directory), 'utf8')),
    }));
  return loaded;
}

/** Our schema files: comments are whole lines, a statement ends with a semicolon at the end of a line. */
function splitStatements(text: string): readonly string[] {
  return text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
