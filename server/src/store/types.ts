import type { Block } from './native/columns.ts';
import type { Sql } from './sql.ts';

/** Bounds of one query (research/reliability 6.1b); anything left out takes the default. */
export interface QueryOptions {
  /** The tenant's database. */
  readonly database: string;
  /** Aborting closes the connection, and the engine stops the query. */
  readonly signal?: AbortSignal;
  readonly maxSeconds?: number;
  readonly maxMemoryBytes?: number;
  readonly maxRowsToRead?: number;
  readonly maxResultRows?: number;
  readonly maxResultBytes?: number;
  readonly maxThreads?: number;
  /** Rows the engine reads at once; a query that needs the first few of an order stops sooner when it is small. */
  readonly maxBlockRows?: number;
  /** False: the engine remembers nothing from this query and uses nothing it remembers (benchmarks). */
  readonly caches?: boolean;
  /** Names the statement in the engine; one of the same name that still runs makes the engine refuse it. */
  readonly queryId?: string;
}

/** What a query cost, from the engine's own summary header. */
export interface QueryCost {
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly milliseconds: number;
}

/** Reads as the read-only user. */
export interface StoreReader {
  /** Streams the result block by block; throws StoreError. */
  query(sql: Sql, options: QueryOptions): AsyncIterable<Block>;
  /** The whole result as blocks, and its cost. */
  collect(sql: Sql, options: QueryOptions): Promise<{ readonly blocks: readonly Block[]; readonly cost: QueryCost }>;
}

/** Writes and changes schema as the writer user. */
export interface StoreWriter extends StoreReader {
  /** Runs a statement without a result. */
  command(sql: Sql, options: QueryOptions): Promise<void>;
  /**
   * One INSERT in Native format; the chunks are sent as they are, one after the other, and become one part or none.
   * @param columns names in block order
   */
  insert(
    table: string,
    columns: readonly string[],
    chunks: readonly Uint8Array[],
    options: QueryOptions,
  ): Promise<void>;
}

/**
 * An error of the engine or of the way to it.
 * - `unavailable`: not reachable, restarting, read-only, too many parts; trying again later makes sense.
 * - `limit`: a bound of the query was reached (time, memory, rows).
 * - `cancelled`: the caller's signal.
 * - `rejected`: the engine refused the statement; a defect of ours.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: 'unavailable' | 'limit' | 'cancelled' | 'rejected';
  /** ClickHouse's error code, 0 when the engine did not answer. */
  readonly code: number;
  constructor(kind: StoreError['kind'], code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }
}
