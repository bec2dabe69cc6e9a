import { openStore, readRows, type Sql, sql } from '../../../server/src/store/index.ts';
import { LINES, SAMPLES_PER_SERIES, SERIES, type SignalName, SPANS } from './signals.ts';

/** What lies in the tables after the program has ended: queries may hide a row stored twice, this does not. */
export interface StoredCount {
  readonly expected: number;
  readonly rows: number;
  readonly distinct: number;
}

const QUERIES: Readonly<Record<SignalName, Sql>> = {
  samples: sql`SELECT count(), uniqExact(series, ts) FROM samples WHERE series IN (SELECT id FROM series WHERE metric = 'crash_items')`,
  logs: sql`SELECT count(), uniqExact(Timestamp, Body) FROM otel_logs WHERE ServiceName = 'crash'`,
  spans: sql`SELECT count(), uniqExact(TraceId, SpanId) FROM otel_traces WHERE ServiceName = 'crash'`,
};

const PER_REQUEST: Readonly<Record<SignalName, number>> = {
  samples: SERIES * SAMPLES_PER_SERIES,
  logs: LINES,
  spans: SPANS,
};

/** Opens the store of a data directory nobody uses and counts. @param requests acknowledged requests of each signal */
export async function countStored(
  data: string,
  requests: Readonly<Record<SignalName, number>>,
): Promise<Readonly<Record<SignalName, StoredCount>>> {
  const store = await openStore({ kind: 'embedded', dataDir: `${data}/store` });
  try {
    const count = async (signal: SignalName): Promise<StoredCount> => {
      const { blocks } = await store.writer.collect(QUERIES[signal], { database: 'trilith', maxRowsToRead: 0 });
      const [row] = readRows(blocks);
      const [rows = 0, distinct = 0] = (row ?? []).map(Number);
      return { expected: requests[signal] * PER_REQUEST[signal], rows, distinct };
    };
    return { samples: await count('samples'), logs: await count('logs'), spans: await count('spans') };
  } finally {
    await store.close();
  }
}
