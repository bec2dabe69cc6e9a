import { openStore, readRows, sql } from '../../../server/src/store/index.ts';

/** What lies in the tables for one service: rows, and how many different bodies they have. */
export interface StoredRecords {
  readonly rows: number;
  readonly distinct: number;
}

/** Counts the records of each service in the store of a data directory nobody uses. */
export async function countRecords(data: string): Promise<ReadonlyMap<string, StoredRecords>> {
  const store = await openStore({ kind: 'embedded', dataDir: `${data}/store` });
  try {
    const query = sql`SELECT ServiceName, count(), uniqExact(Body) FROM otel_logs GROUP BY ServiceName`;
    const { blocks } = await store.writer.collect(query, { database: 'trilith', maxRowsToRead: 0 });
    return new Map(
      [...readRows(blocks)].map(([service, rows, distinct]) => [
        String(service),
        { rows: Number(rows), distinct: Number(distinct) },
      ]),
    );
  } finally {
    await store.close();
  }
}
