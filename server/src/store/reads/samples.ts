import { decodeDecimals } from '../columns/decimal.ts';
import type { Block } from '../native/columns.ts';
import { NativeFormatError } from '../native/type.ts';
import { readRows } from '../rows.ts';
import { bind, sql } from '../sql.ts';
import type { QueryOptions, StoreReader } from '../types.ts';
import { milliseconds, words } from './series.ts';

/** Samples as stored, ordered by (series, time); a series may go on in the next batch. */
export interface SampleRows {
  readonly rows: number;
  /** UInt64 series ids as word pairs, low first. */
  readonly ids: Uint32Array;
  /** ms since the epoch. */
  readonly times: Float64Array;
  /** Stale markers keep their bits (see the words of the buffer; a NaN's payload is lost when read as a number). */
  readonly values: Float64Array<ArrayBuffer>;
}

export interface SampleSelection {
  /** Ids of `series`. */
  readonly ids: BigUint64Array;
  /** ms since the epoch, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Streams the samples of some series. Rows of equal series and time (a retried send) follow one another with the row of
 * the highest batch last: the last one counts. Throws StoreError.
 */
export async function* readSamples(
  reader: StoreReader,
  { ids, fromMs, toMs }: SampleSelection,
  options: QueryOptions,
): AsyncIterable<SampleRows> {
  if (ids.length === 0 || toMs < 0) return;
  const statement = sql`SELECT series, ts, mantissa, exponent FROM samples
    PREWHERE series IN ${bind.uint64s(ids)} AND ts >= ${bind.timeMs(Math.max(0, fromMs))} AND ts <= ${bind.timeMs(toMs)}
    ORDER BY series, ts, batch_id`;
  for await (const block of reader.query(statement, options)) yield sampleRows(block);
}

/** The first columns of a block (series, ts, mantissa, exponent) as samples. Throws NativeFormatError. */
export function sampleRows({ rows, columns: [series, ts, mantissa, exponent] }: Block): SampleRows {
  if (exponent?.kind !== 'number' || !(exponent.values instanceof Int8Array)) {
    throw new NativeFormatError('exponents were expected');
  }
  const values = new Float64Array(rows);
  decodeDecimals(words(mantissa), exponent.values, values);
  return { rows, ids: words(series), times: milliseconds(ts, rows), values };
}

/**
 * Streams the samples of all series in a time range (ms since the epoch, both ends included), in the order of
 * {@link readSamples}. In the background: one thread. Throws StoreError.
 */
export async function* readAllSamples(
  reader: StoreReader,
  { fromMs, toMs }: Omit<SampleSelection, 'ids'>,
  options: QueryOptions,
): AsyncIterable<SampleRows> {
  const statement = sql`SELECT series, ts, mantissa, exponent FROM samples
    PREWHERE ts >= ${bind.timeMs(Math.max(0, fromMs))} AND ts <= ${bind.timeMs(toMs)}
    ORDER BY series, ts, batch_id`;
  for await (const block of reader.query(statement, { maxThreads: 1, ...options })) yield sampleRows(block);
}

/** First and last time of all samples, ms since the epoch; null when there are none. Throws StoreError. */
export async function readSampleRange(
  reader: StoreReader,
  options: QueryOptions,
): Promise<{ readonly fromMs: number; readonly toMs: number } | null> {
  const { blocks } = await reader.collect(
    sql`SELECT toUnixTimestamp64Milli(min(ts)), toUnixTimestamp64Milli(max(ts)), count() FROM samples`,
    options,
  );
  const [fromMs, toMs, rows] = (readRows(blocks)[0] ?? []).map(Number);
  return fromMs === undefined || toMs === undefined || !rows ? null : { fromMs, toMs };
}

/** The series that have native histograms. Throws StoreError. */
export async function readHistogramSeries(reader: StoreReader, options: QueryOptions): Promise<Uint32Array> {
  const { blocks } = await reader.collect(sql`SELECT DISTINCT series FROM native_histograms`, options);
  const ids = new Uint32Array(blocks.reduce((sum, block) => sum + block.rows, 0) * 2);
  let at = 0;
  for (const { columns } of blocks) {
    const pairs = words(columns[0]);
    ids.set(pairs, at);
    at += pairs.length;
  }
  return ids;
}
