import type { LogRows } from '../../store/index.ts';
import type { LogBatch } from '../logql/source.ts';
import { batchOf } from '../logql/store_source.ts';
import type { LogStreamIndex } from '../logql/stream_index.ts';

/** Records on their way to the store, read once for all tails that look at them. */
export interface LiveBatch {
  readonly streamIds: BigUint64Array;
  readonly batch: LogBatch;
  /** A record's line, decoded when first asked for. */
  line(row: number): string;
}

export function liveBatch(rows: LogRows, streams: Pick<LogStreamIndex, 'byId'>): LiveBatch {
  const lines: (string | undefined)[] = [];
  return {
    streamIds: rows.streamIds,
    batch: batchOf(rows, streams, undefined),
    line(row) {
      let line = lines[row];
      if (line === undefined) {
        line = rows.body(row);
        lines[row] = line;
      }
      return line;
    },
  };
}
