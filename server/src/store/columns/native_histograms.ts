import type { Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import type { Column } from '../native/columns.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { splitByDay } from './days.ts';
import { timePairs } from './samples.ts';
import { idPairs } from './series.ts';

/** Buckets of one sign: spans as (gap to the span before, length) and absolute counts, one per bucket of the spans. */
export interface HistogramBuckets {
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
  readonly counts: readonly number[];
}

export const NO_BUCKETS: HistogramBuckets = { offsets: [], lengths: [], counts: [] };

/** A native histogram as the `native_histograms` table holds it (prometheus/prompb/types.proto, Histogram). */
export interface NativeHistogram {
  /** -4…8 exponential, -53 custom buckets. */
  readonly schema: number;
  /** 0 unknown, 1 reset, 2 no reset, 3 gauge. */
  readonly resetHint: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  /** The words of the sum's IEEE-754 bits: a stale marker is told by them. */
  readonly sumLow: number;
  readonly sumHigh: number;
  readonly positive: HistogramBuckets;
  readonly negative: HistogramBuckets;
  readonly customValues: readonly number[];
}

/** Rows of the `native_histograms` table in the making. */
export class HistogramColumns {
  readonly #interner: Interner;
  #references: number[] = [];
  #times: number[] = [];
  #histograms: NativeHistogram[] = [];

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  get rows(): number {
    return this.#references.length;
  }

  truncate(rows: number): void {
    this.#references.length = rows;
    this.#times.length = rows;
    this.#histograms.length = rows;
  }

  append(reference: number, timeMs: number, histogram: NativeHistogram): void {
    this.#references.push(reference);
    this.#times.push(timeMs);
    this.#histograms.push(histogram);
  }

  /** The rows as sections, one a UTC day. */
  sections(): Section[] {
    return splitByDay(this.#times, this.rows).map(({ day, rows, count }) => ({
      table: 'native_histograms',
      partition: day,
      rows: count,
      block: this.#block(rows, count),
    }));
  }

  #block(rows: Uint32Array | null, count: number): Uint8Array<ArrayBuffer> {
    const pick = <T>(values: readonly T[]): readonly T[] =>
      rows === null ? values : Array.from(rows, (row) => values[row] as T);
    const histograms = pick(this.#histograms);
    const doubles = (field: (histogram: NativeHistogram) => number): Column => ({
      kind: 'number',
      values: Float64Array.from(histograms, field),
    });
    const sums = new Uint32Array(count * 2);
    for (const [row, { sumLow, sumHigh }] of histograms.entries()) {
      sums[row * 2] = sumLow;
      sums[row * 2 + 1] = sumHigh;
    }
    const data: Column[] = [
      { kind: 'number', values: idPairs(this.#interner, pick(this.#references)) },
      { kind: 'number', values: timePairs(this.#times, rows, count) },
      { kind: 'number', values: Int8Array.from(histograms, ({ schema }) => schema) },
      { kind: 'number', values: Uint8Array.from(histograms, ({ resetHint }) => resetHint) },
      doubles(({ zeroThreshold }) => zeroThreshold),
      doubles(({ zeroCount }) => zeroCount),
      doubles((histogram) => histogram.count),
      { kind: 'number', values: sums },
      ...bucketColumns(histograms.map(({ positive }) => positive)),
      ...bucketColumns(histograms.map(({ negative }) => negative)),
      arrays(
        histograms.map(({ customValues }) => customValues),
        (values) => Float64Array.from(values),
      ),
    ];
    return encodeBlock(TABLES.native_histograms, data, count, { omitLast: true });
  }
}

function bucketColumns(buckets: readonly HistogramBuckets[]): Column[] {
  return [
    arrays(
      buckets.map(({ offsets }) => offsets),
      (values) => Int32Array.from(values),
    ),
    arrays(
      buckets.map(({ lengths }) => lengths),
      (values) => Uint32Array.from(values),
    ),
    arrays(
      buckets.map(({ counts }) => counts),
      (values) => Float64Array.from(values),
    ),
  ];
}

function arrays(
  rows: readonly (readonly number[])[],
  pack: (values: readonly number[]) => ArrayBufferView<ArrayBuffer>,
): Column {
  const offsets = new Uint32Array(rows.length);
  const values: number[] = [];
  for (const [row, numbers] of rows.entries()) {
    for (const number of numbers) values.push(number);
    offsets[row] = values.length;
  }
  return { kind: 'array', offsets, values: { kind: 'number', values: pack(values) } };
}
