import { parseSample } from '../chart/series.ts';
import type { HistogramSample, MatrixAnswer } from '../data/prometheus.ts';
import type { Range } from '../time/range.ts';

/** A bucket: values between its bounds, and how many (of a rate: how many a second). */
export interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Buckets over time: `cells[row][at]` counts values between the row's bounds at a time; null is a gap. */
export interface HeatData {
  /** Milliseconds, each `stepMs` apart. */
  readonly times: readonly number[];
  readonly stepMs: number;
  /** Lowest first. */
  readonly rows: readonly { readonly low: number; readonly high: number }[];
  readonly cells: readonly (readonly (number | null)[])[];
  readonly max: number;
}

const mostRows = 100;

/** The buckets of a native histogram as the HTTP API writes it. */
export function nativeBuckets(sample: HistogramSample): readonly Bucket[] {
  return (sample.buckets ?? []).map(([, low, high, count]) => ({
    low: parseSample(low),
    high: parseSample(high),
    count: parseSample(count),
  }));
}

/** Cumulative counts by upper bound as buckets; the lowest begins at zero, or below its bound where that is not positive. */
export function classicBuckets(bounds: readonly (readonly [high: number, cumulative: number])[]): readonly Bucket[] {
  const sorted = bounds.toSorted((a, b) => a[0] - b[0]);
  let low = sorted[0] !== undefined && sorted[0][0] > 0 ? 0 : Number.NEGATIVE_INFINITY;
  let below = 0;
  return sorted.map(([high, cumulative]) => {
    const bucket = { low, high, count: Math.max(0, cumulative - below) };
    low = high;
    below = Math.max(below, cumulative);
    return bucket;
  });
}

/** A heat map of an answer that holds native histograms or `le` series; null when it holds neither. Series are summed. */
export function heatOf(answer: MatrixAnswer, range: Range, stepMs: number): HeatData | null {
  const points = Math.floor((range.toMs - range.fromMs) / stepMs) + 1;
  const columns = bucketColumns(answer, range, stepMs, points);
  if (columns === null) return null;
  const edges = edgesOf(columns);
  if (edges.length < 2) return null;
  const rows = edges.slice(1).map((high, at) => ({ low: edges[at] ?? high, high }));
  const cells = rows.map(() => new Array<number | null>(points).fill(null));
  let max = 0;
  columns.forEach((buckets, at) => {
    if (buckets.length === 0) return;
    for (const row of cells) row[at] = 0;
    for (const bucket of buckets)
      spread(bucket, edges, (row, share) => {
        const cell = cells[row];
        if (cell === undefined) return;
        cell[at] = (cell[at] ?? 0) + share;
        max = Math.max(max, cell[at] ?? 0);
      });
  });
  const times = Array.from({ length: points }, (_, at) => range.fromMs + at * stepMs);
  return { times, stepMs, rows, cells, max };
}

function bucketColumns(
  answer: MatrixAnswer,
  range: Range,
  stepMs: number,
  points: number,
): readonly (readonly Bucket[])[] | null {
  const columns: Bucket[][] = Array.from({ length: points }, () => []);
  const cumulative: Map<number, number>[] = Array.from({ length: points }, () => new Map());
  const placeOf = (seconds: number): number => Math.round((seconds * 1000 - range.fromMs) / stepMs);
  let found = false;
  for (const { metric, values, histograms } of answer.data.result) {
    for (const [seconds, sample] of histograms) {
      found = true;
      columns[placeOf(seconds)]?.push(...nativeBuckets(sample));
    }
    if (metric.le === undefined) continue;
    found = true;
    const high = parseSample(metric.le);
    for (const [seconds, text] of values) {
      const sums = cumulative[placeOf(seconds)];
      const value = parseSample(text);
      if (sums !== undefined && Number.isFinite(value)) sums.set(high, (sums.get(high) ?? 0) + value);
    }
  }
  cumulative.forEach((sums, at) => {
    if (sums.size > 0) columns[at]?.push(...classicBuckets([...sums]));
  });
  return found ? columns : null;
}

/** Bounds of all buckets that hold something, thinned evenly to what can be drawn. */
function edgesOf(columns: readonly (readonly Bucket[])[]): readonly number[] {
  const all = new Set<number>();
  for (const buckets of columns) {
    for (const { low, high, count } of buckets) {
      if (count === 0) continue;
      all.add(low);
      all.add(high);
    }
  }
  const edges = [...all].sort((a, b) => a - b);
  if (edges.length <= mostRows + 1) return edges;
  const every = Math.ceil(edges.length / mostRows);
  return edges.filter((_, at) => at % every === 0 || at === edges.length - 1);
}

/** Gives a bucket's count to the rows it covers, in equal parts: rows of one bucket are steps of one scale. */
function spread(
  { low, high, count }: Bucket,
  edges: readonly number[],
  give: (row: number, share: number) => void,
): void {
  if (count === 0) return;
  const first = Math.max(0, lastAtMost(edges, low));
  let last = first;
  while (last + 1 < edges.length - 1 && (edges[last + 1] ?? high) < high) last += 1;
  const share = count / (last - first + 1);
  for (let row = first; row <= last; row += 1) give(row, share);
}

function lastAtMost(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
