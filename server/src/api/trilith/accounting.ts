import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpResponse } from '../../base/http.ts';
import type { Column, QueryOptions, StoreReader } from '../../store/index.ts';
import type { Cost } from './respond.ts';

/** What is known of the request a query belongs to. */
interface RequestContext {
  readonly cost: Cost;
  readonly caches: boolean;
}

/** A reader that adds what its queries cost to the request they belong to. */
export interface Accounting {
  readonly reader: StoreReader;
  /**
   * Runs a request of a query worker; without `caches` the engine answers it from data alone (`cache-control: no-store`).
   * The answer says in {@link COST_HEADER} what was read from the store for it: nothing where memory sufficed.
   */
  readonly withRequest: (caches: boolean, run: () => HttpResponse | Promise<HttpResponse>) => Promise<HttpResponse>;
  /** Gives the cost of the request that runs; everything it reads, also through promises, is added to it. */
  readonly costOf: <T>(run: (cost: Cost) => T) => T;
}

/** What an answer read from the store: `rows=12,bytes=345`. */
const COST_HEADER = 'x-trilith-cost';

export function createAccounting(reader: StoreReader): Accounting {
  const current = new AsyncLocalStorage<RequestContext>();
  const bounded = (options: QueryOptions): QueryOptions =>
    current.getStore()?.caches === false ? { ...options, caches: false } : options;
  return {
    withRequest: async (caches, run) => {
      const cost: Cost = { rows: 0, bytes: 0 };
      const response = await current.run({ cost, caches }, run);
      return { ...response, headers: { ...response.headers, [COST_HEADER]: `rows=${cost.rows},bytes=${cost.bytes}` } };
    },
    costOf: (run) => run(current.getStore()?.cost ?? { rows: 0, bytes: 0 }),
    reader: {
      async collect(statement, options) {
        const result = await reader.collect(statement, bounded(options));
        const cost = current.getStore()?.cost;
        if (cost !== undefined) {
          cost.rows += result.cost.rowsRead;
          cost.bytes += result.cost.bytesRead;
        }
        return result;
      },
      async *query(statement, options) {
        const cost = current.getStore()?.cost;
        for await (const block of reader.query(statement, bounded(options))) {
          // A stream has no summary until its end; what is received is a lower bound of what is read.
          if (cost !== undefined) {
            cost.rows += block.rows;
            for (const column of block.columns) cost.bytes += columnBytes(column);
          }
          yield block;
        }
      },
    },
  };
}

/** Bytes of a column's values in memory; of offsets and short dictionaries nothing. */
function columnBytes(column: Column): number {
  switch (column.kind) {
    case 'number':
      return column.values.byteLength;
    case 'string':
      return column.bytes.byteLength;
    case 'dictionary':
      return column.indexes.byteLength;
    case 'nullable':
      return columnBytes(column.values);
    case 'array':
      return columnBytes(column.values);
    case 'map':
      return columnBytes(column.keys) + columnBytes(column.values);
    case 'tuple':
      return column.elements.reduce((sum, element) => sum + columnBytes(element), 0);
    case 'strings':
      return column.values.reduce((sum, text) => sum + text.length, 0);
  }
}
