import type { MetricsAggregate, MetricsFunction } from '@trilith/lang/traceql';
import { TraceqlEvaluationError } from '../evaluate.ts';
import type { Intervals } from './intervals.ts';
import { log2Quantile } from './log2_quantile.ts';
import {
  BUCKET_LABEL,
  type Exemplar,
  fieldName,
  type LabelValue,
  NAME_LABEL,
  type TraceSeries,
  textLabel,
} from './trace_series.ts';

export type SeriesAggregate = Extract<MetricsAggregate, { kind: 'series' }>;

/** Functions that count spans; the others look at a number of each. */
const COUNTING: ReadonlySet<MetricsFunction> = new Set(['rate', 'count_over_time', 'histogram_over_time']);
/** Functions over powers of two. */
export const BUCKETED: ReadonlySet<MetricsFunction> = new Set(['quantile_over_time', 'histogram_over_time']);

/** Some spans of one group in one stretch. */
export interface Counted {
  readonly spans: number;
  /** How many spans they stand for: sampling dropped others like them. */
  readonly weight: number;
  /** How many of the latter had a number, and the least, the most or the sum of those numbers by the function; none without. */
  readonly numbers: number;
  readonly value: number;
  /** The upper bound of their values, of functions over powers of two. */
  readonly bucket?: number;
}

interface Group {
  readonly labels: readonly LabelValue[];
  /** Spans, and how many they stand for. */
  readonly spans: Float64Array;
  readonly counts: Float64Array;
  readonly numbers: Float64Array;
  readonly values: Float64Array;
  readonly buckets: (Map<number, number> | undefined)[];
  readonly exemplars: Exemplar[];
}

/** Series times stretches of one query at most: each takes up to 40 bytes here and as many in the answer. */
const MOST_POINTS = 3_000_000;

/** @throws TraceqlEvaluationError beyond so many series of so many points each */
export function assertFewPoints(series: number, intervals: number): void {
  if (series * intervals > MOST_POINTS)
    throw new TraceqlEvaluationError(
      `the query makes more than ${MOST_POINTS} points (${intervals} for each series): group by less, or use a larger step or a shorter range`,
    );
}

/** Exemplars kept of one series in one stretch. */
const EXEMPLARS_PER_INTERVAL = 2;

/** What is known of each group of spans, from wherever it was counted, as it becomes series. */
export class SeriesGroups {
  private readonly groups = new Map<string, Group>();
  /** By the very labels a group was made known with. */
  private readonly byLabels = new WeakMap<readonly LabelValue[], Group>();
  private readonly aggregate: SeriesAggregate;
  private readonly intervals: Intervals;
  private exemplarsLeft: number;

  /** @param exemplars how many are kept in all */
  constructor(aggregate: SeriesAggregate, intervals: Intervals, exemplars: number) {
    this.aggregate = aggregate;
    this.intervals = intervals;
    this.exemplarsLeft = exemplars;
  }

  /** Adds spans to the group of some labels, one for each field grouped by. @throws TraceqlEvaluationError, too many points */
  add(labels: readonly LabelValue[], at: number, { spans, weight, numbers, value, bucket }: Counted): void {
    const group = this.groupOf(labels);
    group.spans[at] = (group.spans[at] as number) + spans;
    group.counts[at] = (group.counts[at] as number) + weight;
    if (bucket !== undefined) {
      const buckets = group.buckets[at] ?? new Map<number, number>();
      group.buckets[at] = buckets;
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + weight);
    } else if (numbers > 0) {
      group.values[at] = combined(this.aggregate.function, group.values[at] as number, value);
      group.numbers[at] = (group.numbers[at] as number) + numbers;
    }
  }

  /** Keeps an exemplar of a group unless there are enough: `before` of this series and stretch, or in all. */
  addExemplar(labels: readonly LabelValue[], before: number, exemplar: Exemplar): void {
    if (this.exemplarsLeft <= 0 || before >= EXEMPLARS_PER_INTERVAL) return;
    const value = COUNTING.has(this.aggregate.function) ? Number.NaN : exemplar.value;
    this.groupOf(labels).exemplars.push({ ...exemplar, value });
    this.exemplarsLeft--;
  }

  /** Spans so far of a group in a stretch. */
  countOf(labels: readonly LabelValue[], at: number): number {
    return (this.byLabels.get(labels) ?? this.groups.get(groupKey(labels)))?.spans[at] ?? 0;
  }

  /** Labels that many spans will be added with: their group is found by them, not by their texts. Returns the same. */
  known(labels: readonly LabelValue[]): readonly LabelValue[] {
    this.byLabels.set(labels, this.groupOf(labels));
    return labels;
  }

  series(): TraceSeries[] {
    const { aggregate, groups, intervals } = this;
    // Without groups a count of nothing is a series of zeros.
    if (aggregate.by.length === 0 && groups.size === 0 && !BUCKETED.has(aggregate.function)) this.groupOf([]);
    return [...groups.values()].flatMap((group) => seriesOf(aggregate, group, intervals));
  }

  private groupOf(labels: readonly LabelValue[]): Group {
    const known = this.byLabels.get(labels);
    if (known !== undefined) return known;
    const key = groupKey(labels);
    let group = this.groups.get(key);
    if (group === undefined) {
      assertFewPoints(this.groups.size + 1, this.intervals.count);
      group = newGroup(labels, this.intervals.count);
      this.groups.set(key, group);
    }
    return group;
  }
}

function groupKey(labels: readonly LabelValue[]): string {
  return JSON.stringify(labels.map((label) => label?.value));
}

function newGroup(labels: Group['labels'], intervals: number): Group {
  return {
    labels,
    spans: new Float64Array(intervals),
    counts: new Float64Array(intervals),
    numbers: new Float64Array(intervals),
    values: new Float64Array(intervals).fill(Number.NaN),
    buckets: new Array<undefined>(intervals).fill(undefined),
    exemplars: [],
  };
}

function combined(operation: MetricsFunction, before: number, value: number): number {
  if (Number.isNaN(before)) return value;
  if (operation === 'min_over_time') return Math.min(before, value);
  if (operation === 'max_over_time') return Math.max(before, value);
  return before + value;
}

function seriesOf(aggregate: SeriesAggregate, group: Group, intervals: Intervals): TraceSeries[] {
  const found = aggregate.by.flatMap((field, i) => {
    const value = group.labels[i];
    return value === undefined ? [] : [[fieldName(field), value] as const];
  });
  const [first] = aggregate.by;
  // Groups in which nothing is known keep one label, so that they are a series.
  const labels = found.length > 0 || first === undefined ? found : [[fieldName(first), undefined] as const];
  const { exemplars } = group;
  const one = (values: Float64Array): TraceSeries[] => [{ labels: named(aggregate, labels), values, exemplars }];
  switch (aggregate.function) {
    case 'quantile_over_time':
      return aggregate.quantiles.map((quantile, i) => ({
        labels: [...labels, ['p', { value: quantile, isInteger: false }] as const],
        values: Float64Array.from(group.buckets, (buckets) =>
          buckets === undefined ? 0 : log2Quantile(quantile, buckets),
        ),
        exemplars: i === 0 ? exemplars : [],
      }));
    case 'histogram_over_time':
      return histogramSeries(labels, group);
    case 'rate':
      return one(group.counts.map((n) => n / intervals.stepSeconds));
    case 'count_over_time':
      return one(group.counts);
    case 'avg_over_time':
      return one(group.values.map((sum, at) => sum / (group.numbers[at] as number)));
    default:
      return one(group.values);
  }
}

/** A series without groups is named by its function. */
function named(aggregate: SeriesAggregate, labels: TraceSeries['labels']): TraceSeries['labels'] {
  return labels.length > 0 ? labels : [[NAME_LABEL, textLabel(aggregate.function)]];
}

function histogramSeries(labels: TraceSeries['labels'], { buckets, exemplars }: Group): TraceSeries[] {
  const bounds = [...new Set(buckets.flatMap((b) => (b === undefined ? [] : [...b.keys()])))].sort((a, b) => a - b);
  return bounds.map((bound, i) => ({
    labels: [...labels, [BUCKET_LABEL, { value: bound, isInteger: false }] as const],
    values: Float64Array.from(buckets, (b) => b?.get(bound) ?? 0),
    exemplars: i === 0 ? exemplars : [],
  }));
}
