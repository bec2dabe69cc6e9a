import type { TableName } from '../model/section.ts';
import { createKeptRequests } from './kept_requests.ts';
import type { Layout } from './migrate.ts';
import { readRows } from './rows.ts';
import { bind, identifier, type Sql, sql } from './sql.ts';
import type { StoreReader, StoreWriter } from './types.ts';

/** Series and the stretch of time (ms since the epoch, both ends included) to be taken away. */
export interface SeriesDeletion {
  readonly ids: BigUint64Array;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A deletion that was asked for, kept until it is done: a crash half way does not undo the wish. */
export interface DeletionRequest {
  readonly id: string;
  readonly selectors: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Deleting series: rows are masked at once, so that no query sees them, and leave the disk when parts are cleaned or merged. */
export interface Deletions {
  /** Keeps the request on disk. */
  request(database: string, request: DeletionRequest): Promise<void>;
  /** Masks everything known of the series in the stretch; answers which of them have nothing left, and forgets those. */
  run(database: string, deletion: SeriesDeletion): Promise<BigUint64Array>;
  done(database: string, request: DeletionRequest): Promise<void>;
  /** Requests that were kept and not done. */
  pending(database: string): Promise<readonly DeletionRequest[]>;
  /** Rewrites the parts that hold masked rows: afterwards these are not on disk any more. */
  clean(database: string): Promise<void>;
}

const KIND = 'series_deletion';
const DATA: readonly TableName[] = ['samples', 'native_histograms', 'sample_starts', 'exemplars'];
const ALL: readonly TableName[] = [...DATA, 'series'];
/** Ids in one statement: 20 bytes of text each. */
const IDS_AT_ONCE = 20_000;
/** Rewriting parts takes as long as the disk takes. */
const SECONDS = 3_600;
const DDL_MEMORY = 1024 * 1024 * 1024;

/** @param servers every server that stores parts. All methods throw StoreError. */
export function createDeletions(
  servers: readonly StoreWriter[],
  reader: StoreReader,
  writer: StoreWriter,
  layout: Layout,
): Deletions {
  const onEach = async (database: string, statement: (table: Sql) => Sql, tables: readonly TableName[]) => {
    for (const table of tables) {
      const local = identifier(layout.kind === 'cluster' ? `${table}_local` : table);
      for (const server of servers)
        await server.command(statement(local), { database, maxSeconds: SECONDS, maxMemoryBytes: DDL_MEMORY });
    }
  };
  const requests = createKeptRequests<Omit<DeletionRequest, 'id'>>(reader, writer, KIND);
  const note = (database: string, { id, ...body }: DeletionRequest, version: number): Promise<void> =>
    requests.note(database, id, body, version);
  return {
    request: (database, request) => note(database, request, 1),
    done: (database, request) => note(database, request, 2),
    async run(database, { ids, fromMs, toMs }) {
      const gone: bigint[] = [];
      for (let i = 0; i < ids.length; i += IDS_AT_ONCE) {
        const some = ids.subarray(i, i + IDS_AT_ONCE);
        // Times as numbers: a mutation's text cannot hold a bound DateTime64 near the epoch.
        const masked = (table: Sql): Sql => sql`DELETE FROM ${table} WHERE series IN ${bind.uint64s(some)}
          AND toUnixTimestamp64Milli(ts) >= ${bind.int64(fromMs)} AND toUnixTimestamp64Milli(ts) <= ${bind.int64(toMs)} SETTINGS lightweight_deletes_sync = 2`;
        await onEach(database, masked, DATA);
        const left = await idsWithData(reader, database, some);
        const without = some.filter((id) => !left.has(id));
        gone.push(...without);
        const forgotten = (table: Sql): Sql =>
          sql`DELETE FROM ${table} WHERE id IN ${bind.uint64s(without)} SETTINGS lightweight_deletes_sync = 2`;
        if (without.length > 0) await onEach(database, forgotten, ['series']);
      }
      return BigUint64Array.from(gone);
    },
    async pending(database) {
      const all = await requests.all(database);
      return all.filter(({ version }) => version === 1).map(({ id, body }) => ({ ...body, id }));
    },
    clean: (database) =>
      onEach(database, (table) => sql`ALTER TABLE ${table} APPLY DELETED MASK SETTINGS mutations_sync = 2`, ALL),
  };
}

/** Those of the ids that have samples or histograms at any time. */
async function idsWithData(reader: StoreReader, database: string, ids: BigUint64Array): Promise<ReadonlySet<bigint>> {
  const { blocks } = await reader.collect(
    sql`SELECT DISTINCT series FROM (
      SELECT series FROM samples WHERE series IN ${bind.uint64s(ids)}
      UNION ALL SELECT series FROM native_histograms WHERE series IN ${bind.uint64s(ids)})`,
    { database, maxRowsToRead: Number.MAX_SAFE_INTEGER, maxSeconds: SECONDS },
  );
  return new Set(readRows(blocks).map(([id]) => BigInt(String(id))));
}
