import {
  type Buckets,
  bucketsOfSpans,
  type FloatHistogram,
  NO_BOUNDS,
  NO_BUCKETS,
  type ResetHint,
} from '../../model/histogram.ts';
import type { Block, Column } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import type { SampleSelection } from './samples.ts';
import { milliseconds, words } from './series.ts';

/** Native histograms as stored, ordered by (series, time); a series may go on in the next batch. */
export interface HistogramRows {
  readonly rows: number;
  /** UInt64 series ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** ms since the epoch. */
  readonly times: Float64Array;
  /** By row; undefined where the row is a stale marker. */
  readonly histograms: readonly (FloatHistogram | undefined)[];
}

/**
 * Streams the native histograms of some series. Rows of equal series and time follow one another with the row of the
 * highest batch last: the last one counts. Throws StoreError.
 */
export async function* readNativeHistograms(
  reader: StoreReader,
  { ids, fromMs, toMs }: SampleSelection,
  options: QueryOptions,
): AsyncIterable<HistogramRows> {
  if (ids.length === 0 || toMs < 0) return;
  const statement = sql`SELECT series, ts, schema, reset_hint, zero_threshold, zero_count, count, sum,
      positive_offsets, positive_lengths, positive_buckets, negative_offsets, negative_lengths, negative_buckets, custom_values
    FROM native_histograms
    PREWHERE series IN ${bind.uint64s(ids)} AND ts >= ${bind.timeMs(Math.max(0, fromMs))} AND ts <= ${bind.timeMs(toMs)}
    ORDER BY series, ts, batch_id`;
  for await (const block of reader.query(statement, options)) yield histogramRows(block);
}

/** The bits of Prometheus' stale marker, a NaN of its own, which a histogram has as its sum. */
const STALE_LOW = 0x0000_0002;
const STALE_HIGH = 0x7ff0_0000;

/** The columns of a block, in the order of the table, as histograms. Throws NativeFormatError. */
export function histogramRows({ rows, columns }: Block): HistogramRows {
  const [series, ts, schema, hint, threshold, zeroCount, count, sum, ...spans] = columns;
  const schemas = numbers(schema, Int8Array);
  const hints = numbers(hint, Uint8Array);
  const thresholds = numbers(threshold, Float64Array);
  const zeroCounts = numbers(zeroCount, Float64Array);
  const counts = numbers(count, Float64Array);
  const sums = numbers(sum, Float64Array);
  const sumWords = words(sum);
  const positive = bucketReader(spans[0], spans[1], spans[2]);
  const negative = bucketReader(spans[3], spans[4], spans[5]);
  const bounds = arrayReader(spans[6], Float64Array);
  let known: Float64Array = NO_BOUNDS;
  const histograms = Array.from({ length: rows }, (_, row): FloatHistogram | undefined => {
    const buckets = { positive: positive(row), negative: negative(row) };
    known = same(known, bounds(row));
    if (sumWords[row * 2] === STALE_LOW && sumWords[row * 2 + 1] === STALE_HIGH) return undefined;
    return {
      schema: schemas[row] as number,
      hint: ((hints[row] as number) & 3) as ResetHint,
      zeroThreshold: thresholds[row] as number,
      zeroCount: zeroCounts[row] as number,
      count: counts[row] as number,
      sum: sums[row] as number,
      ...buckets,
      customValues: known,
    };
  });
  return { rows, ids: words(series), times: milliseconds(ts, rows), histograms };
}

type Numbers = Int8Array | Uint8Array | Int32Array | Uint32Array | Float64Array;

function numbers<T extends Numbers>(column: Column | undefined, type: { new (): T; readonly name: string }): T {
  if (column?.kind !== 'number' || !(column.values instanceof type)) {
    throw new NativeFormatError(`a column of ${type.name} was expected`);
  }
  return column.values;
}

/** Reads the array of a row, as a view of the block. */
function arrayReader<T extends Int32Array | Uint32Array | Float64Array>(
  column: Column | undefined,
  type: { new (): T; readonly name: string },
): (row: number) => T {
  if (column?.kind !== 'array') throw new NativeFormatError('a column of arrays was expected');
  const { offsets } = column;
  const values = numbers(column.values, type);
  return (row) => values.subarray(row === 0 ? 0 : offsets[row - 1], offsets[row]) as T;
}

/** Buckets by row. Rows of the same layout share their indexes, which most rows of a series do. */
function bucketReader(
  offsetColumn: Column | undefined,
  lengthColumn: Column | undefined,
  countColumn: Column | undefined,
): (row: number) => Buckets {
  const offsets = arrayReader(offsetColumn, Int32Array);
  const lengths = arrayReader(lengthColumn, Uint32Array);
  const counts = arrayReader(countColumn, Float64Array);
  let known: { offsets: Int32Array; lengths: Uint32Array; indexes: Int32Array } | undefined;
  return (row) => {
    const mine = counts(row);
    if (mine.length === 0) return NO_BUCKETS;
    const [gaps, sizes] = [offsets(row), lengths(row)];
    if (known !== undefined && known.indexes.length === mine.length) {
      if (same(known.offsets, gaps) === known.offsets && same(known.lengths, sizes) === known.lengths)
        return { indexes: known.indexes, counts: mine };
    }
    const buckets = bucketsOfSpans(gaps, sizes, mine);
    if (buckets.indexes.length === mine.length) known = { offsets: gaps, lengths: sizes, indexes: buckets.indexes };
    return buckets;
  };
}

/** The first array where both hold the same, otherwise the second. */
function same<T extends Int32Array | Uint32Array | Float64Array>(a: T, b: T): T {
  return a.length === b.length && a.every((value, i) => value === b[i]) ? a : b;
}
