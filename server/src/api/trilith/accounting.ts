import { AsyncLocalStorage } from 'node:async_hooks';
import type { StoreReader } from '../../store/index.ts';
import type { Cost } from './respond.ts';

/** A reader that adds what its queries cost to the request they belong to. */
export interface Accounting {
  readonly reader: StoreReader;
  /** Runs a request; everything it reads, also through promises, is added to its cost. */
  readonly costOf: <T>(run: (cost: Cost) => T) => T;
}

export function createAccounting(reader: StoreReader): Accounting {
  const current = new AsyncLocalStorage<Cost>();
  return {
    costOf: (run) => {
      const cost = { rows: 0, bytes: 0 };
      return current.run(cost, () => run(cost));
    },
    reader: {
      async collect(statement, options) {
        const result = await reader.collect(statement, options);
        const cost = current.getStore();
        if (cost !== undefined) {
          cost.rows += result.cost.rowsRead;
          cost.bytes += result.cost.bytesRead;
        }
        return result;
      },
      async *query(statement, options) {
        const cost = current.getStore();
        for await (const block of reader.query(statement, options)) {
          // A stream has no summary until its end; rows received are a lower bound of rows read.
          if (cost !== undefined) cost.rows += block.rows;
          yield block;
        }
      },
    },
  };
}
