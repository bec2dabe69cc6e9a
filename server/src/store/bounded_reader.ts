import type { QueryOptions, StoreReader } from './types.ts';

/** Bounds every query of a reader has unless it names its own. */
export type ReaderBounds = Pick<QueryOptions, 'maxMemoryBytes' | 'maxRowsToRead'>;

/** A reader whose queries may use no more than the given memory and rows. */
export function boundedReader(reader: StoreReader, bounds: ReaderBounds): StoreReader {
  return {
    query: (sql, options) => reader.query(sql, { ...bounds, ...options }),
    collect: (sql, options) => reader.collect(sql, { ...bounds, ...options }),
  };
}
