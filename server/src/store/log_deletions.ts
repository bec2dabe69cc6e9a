import type { TableName } from '../model/section.ts';
import { createKeptRequests, type KeptRequest } from './kept_requests.ts';
import type { Layout } from './migrate.ts';
import { type LogPredicate, renderPredicate } from './reads/log_predicate.ts';
import { readRows } from './rows.ts';
import { bind, identifier, type Sql, sql, trusted } from './sql.ts';
import type { StoreReader, StoreWriter } from './types.ts';

/** What a person asked to be deleted; times in ns since the epoch, half open, as text. */
export interface LogDeletionRequest {
  readonly query: string;
  readonly startNs: string;
  readonly endNs: string;
}

/** Which records of a stretch of time are meant: by what the store can decide, or one by one by their keys. */
export type LogRecords =
  | { readonly kind: 'predicate'; readonly predicate: LogPredicate }
  | { readonly kind: 'keys'; readonly keys: BigUint64Array };

/** What a record's key is made of; `xxHash64` of it, seed 0, is the key, here and in the engine. */
export function recordKeyText(timeNs: bigint, streamId: bigint, body: string): string {
  return `${timeNs}.${streamId}.${body}`;
}
const RECORD_KEY = "xxHash64(concat(toString(toUnixTimestamp64Nano(Timestamp)), '.', toString(StreamId), '.', Body))";

/** How far a request is: asked for, its records hidden from every query, its records off the disk; or not taken at all. */
export const LOG_DELETION_STAGES = { asked: 1, hidden: 2, done: 3, refused: 4 } as const;
export type LogDeletionStage = keyof typeof LOG_DELETION_STAGES;

/** Deleting log records: they are masked at once, so that no query sees them, and leave the disk when parts are cleaned. */
export interface LogDeletions {
  note(database: string, id: string, request: LogDeletionRequest, stage: LogDeletionStage): Promise<void>;
  all(database: string): Promise<readonly KeptRequest<LogDeletionRequest>[]>;
  hide(database: string, startNs: bigint, endNs: bigint, records: LogRecords): Promise<void>;
  /** Deletes those of the streams that have no record left, and answers which. */
  forgetStreams(database: string, ids: readonly bigint[]): Promise<readonly bigint[]>;
  /** Rewrites the parts that hold masked rows: afterwards these are not on disk any more. */
  clean(database: string): Promise<void>;
}

const TABLES: readonly TableName[] = ['otel_logs', 'log_streams'];
const AT_ONCE = 10_000;
/** Rewriting parts takes as long as the disk takes. */
const SECONDS = 3_600;
const DDL_MEMORY = 1024 * 1024 * 1024;
const MASK = trusted('SETTINGS lightweight_deletes_sync = 2');

/** @param servers every server that stores parts. All methods throw StoreError. */
export function createLogDeletions(
  servers: readonly StoreWriter[],
  reader: StoreReader,
  writer: StoreWriter,
  layout: Layout,
): LogDeletions {
  const requests = createKeptRequests<LogDeletionRequest>(reader, writer, 'log_deletion');
  const onEach = async (database: string, table: TableName, statement: (table: Sql) => Sql): Promise<void> => {
    const local = identifier(layout.kind === 'cluster' ? `${table}_local` : table);
    for (const server of servers)
      await server.command(statement(local), { database, maxSeconds: SECONDS, maxMemoryBytes: DDL_MEMORY });
  };
  return {
    note: (database, id, request, stage) => requests.note(database, id, request, LOG_DELETION_STAGES[stage]),
    all: (database) => requests.all(database),
    async hide(database, startNs, endNs, records) {
      // Times as numbers: a mutation's text cannot hold a bound DateTime64 near the epoch.
      const time = sql`toUnixTimestamp64Nano(Timestamp) >= ${bind.int64(startNs)} AND toUnixTimestamp64Nano(Timestamp) < ${bind.int64(endNs)}`;
      const mask = (which: Sql): Promise<void> =>
        onEach(database, 'otel_logs', (table) => sql`DELETE FROM ${table} WHERE ${time} AND ${which} ${MASK}`);
      if (records.kind === 'predicate') return mask(renderPredicate(records.predicate, false));
      for (let i = 0; i < records.keys.length; i += AT_ONCE)
        await mask(sql`${trusted(RECORD_KEY)} IN ${bind.uint64s(records.keys.subarray(i, i + AT_ONCE))}`);
    },
    async forgetStreams(database, ids) {
      const gone: bigint[] = [];
      for (let i = 0; i < ids.length; i += AT_ONCE) {
        const some = ids.slice(i, i + AT_ONCE);
        const { blocks } = await reader.collect(
          sql`SELECT DISTINCT StreamId FROM otel_logs WHERE StreamId IN ${bind.uint64s(some)}`,
          { database, maxRowsToRead: Number.MAX_SAFE_INTEGER, maxSeconds: SECONDS },
        );
        const left = new Set(readRows(blocks).map(([id]) => BigInt(String(id))));
        const without = some.filter((id) => !left.has(id));
        if (without.length === 0) continue;
        gone.push(...without);
        const which = sql`id IN ${bind.uint64s(without)}`;
        await onEach(database, 'log_streams', (table) => sql`DELETE FROM ${table} WHERE ${which} ${MASK}`);
      }
      return gone;
    },
    async clean(database) {
      for (const table of TABLES)
        await onEach(
          database,
          table,
          (local) => sql`ALTER TABLE ${local} APPLY DELETED MASK SETTINGS mutations_sync = 2`,
        );
    },
  };
}
