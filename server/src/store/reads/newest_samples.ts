import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { type SampleRows, type SampleSelection, sampleRows } from './samples.ts';

/** Of which stretches of time the newest sample is wanted: (endMs - (k + 1) * stepMs, endMs - k * stepMs], ms. */
export interface Stretches {
  readonly endMs: number;
  readonly stepMs: number;
}

/**
 * Reads the newest sample (or stale marker) of each stretch of each series, in the order and form of `readSamples`. The
 * engine reads backwards in the order of the table and sorts nothing; its answer is turned round here. Throws StoreError.
 */
export async function readNewestSamples(
  reader: StoreReader,
  { ids, fromMs, toMs }: SampleSelection,
  { endMs, stepMs }: Stretches,
  options: QueryOptions,
): Promise<readonly SampleRows[]> {
  if (ids.length === 0 || toMs < 0) return [];
  // A number that no sample lies behind keeps the division on one side of zero.
  const beyond = endMs + Math.ceil(Math.max(0, toMs - endMs) / stepMs) * stepMs;
  const statement = sql`SELECT series, ts, mantissa, exponent FROM samples
    PREWHERE series IN ${bind.uint64s(ids)} AND ts >= ${bind.timeMs(Math.max(0, fromMs))} AND ts <= ${bind.timeMs(toMs)}
    ORDER BY series DESC, ts DESC, batch_id DESC
    LIMIT 1 BY series, intDiv(${bind.int64(beyond)} - toUnixTimestamp64Milli(ts), ${bind.int64(stepMs)})`;
  const blocks: SampleRows[] = [];
  for await (const block of reader.query(statement, options)) blocks.push(turned(sampleRows(block)));
  return blocks.reverse();
}

/** The rows in opposite order. */
function turned({ rows, ids, times, values }: SampleRows): SampleRows {
  // Words, not numbers: the payload of a NaN is lost when it is read as one.
  new BigUint64Array(values.buffer, values.byteOffset, rows).reverse();
  times.reverse();
  const back = new Uint32Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    back[row * 2] = ids[(rows - 1 - row) * 2] as number;
    back[row * 2 + 1] = ids[(rows - 1 - row) * 2 + 1] as number;
  }
  return { rows, ids: back, times, values };
}
