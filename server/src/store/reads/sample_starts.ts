import { NativeFormatError } from '../native/type.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import type { SampleSelection } from './samples.ts';
import { milliseconds, words } from './series.ts';

/** Start timestamps as stored, ordered by (series, time); see the schema of `sample_starts`. */
export interface StartRows {
  readonly rows: number;
  /** UInt64 series ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** Of the first sample a row holds for, ms since the epoch. */
  readonly times: Float64Array;
  /** ms since the epoch, 0 is unknown. */
  readonly starts: Float64Array;
  /** 1: holds for that sample only. */
  readonly singles: Uint8Array;
}

const MS_PER_DAY = 86_400_000;

/** Streams what is known of the start timestamps of some series' samples in a stretch of time. Throws StoreError. */
export async function* readSampleStarts(
  reader: StoreReader,
  { ids, fromMs, toMs }: SampleSelection,
  options: QueryOptions,
): AsyncIterable<StartRows> {
  if (ids.length === 0 || toMs < 0) return;
  const dayStart = Math.max(0, Math.floor(fromMs / MS_PER_DAY) * MS_PER_DAY);
  const statement = sql`SELECT series, ts, start, single FROM sample_starts
    PREWHERE series IN ${bind.uint64s(ids)} AND ts >= ${bind.timeMs(dayStart)} AND ts <= ${bind.timeMs(toMs)}
    ORDER BY series, ts, batch_id`;
  for await (const block of reader.query(statement, options)) {
    const [series, ts, starts, singles] = block.columns;
    if (singles?.kind !== 'number' || !(singles.values instanceof Uint8Array))
      throw new NativeFormatError('marks of single rows were expected');
    yield {
      rows: block.rows,
      ids: words(series),
      times: milliseconds(ts, block.rows),
      starts: milliseconds(starts, block.rows),
      singles: singles.values,
    };
  }
}
