import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryOptions, StoreReader } from '../../store/index.ts';
import type { Cost } from './respond.ts';

/** What is known of the request a query belongs to. */
interface RequestContext {
  readonly cost: Cost;
  readonly caches: boolean;
}

/** A reader that adds what its queries cost to the request they belong to. */
export interface Accounting {
  readonly reader: StoreReader;
  /** Runs a request of a query worker; without `caches` the engine answers it from data alone (`cache-control: no-store`). */
  readonly withRequest: <T>(caches: boolean, run: () => T) => T;
  /** Gives the cost of the request that runs; everything it reads, also through promises, is added to it. */
  readonly costOf: <T>(run: (cost: Cost) => T) => T;
}

export function createAccounting(reader: StoreReader): Accounting {
  const current = new AsyncLocalStorage<RequestContext>();
  const bounded = (options: QueryOptions): QueryOptions =>
    current.getStore()?.caches === false ? { ...options, caches: false } : options;
  return {
    withRequest: (caches, run) => current.run({ cost: { rows: 0, bytes: 0 }, caches }, run),
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
          // A stream has no summary until its end; rows received are a lower bound of rows read.
          if (cost !== undefined) cost.rows += block.rows;
          yield block;
        }
      },
    },
  };
}
