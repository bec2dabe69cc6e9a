import type { Field, MetricsAggregate, MetricsFunction } from '@trilith/lang/traceql';
import { type FieldReader, fieldReader, type TraceView } from '../trace_fields.ts';
import type { Intervals } from './intervals.ts';
import { log2Bucket, log2Quantile } from './log2_quantile.ts';
import {
  BUCKET_LABEL,
  type Exemplar,
  fieldName,
  type LabelValue,
  NAME_LABEL,
  type TraceSeries,
  textLabel,
} from './trace_series.ts';

type SeriesAggregate = Extract<MetricsAggregate, { kind: 'series' }>;

/** Takes the selected spans one by one and makes series of them. */
export interface SpanAggregator {
  observe(trace: TraceView, span: number): void;
  series(): TraceSeries[];
}

interface Group {
  readonly labels: readonly LabelValue[];
  readonly counts: Float64Array;
  /** Of those spans that had a number: how many, and the least, the most or the sum; NaN where there was none. */
  readonly numbers: Float64Array;
  readonly values: Float64Array;
  /** Of quantiles and histograms: counts by bucket. */
  readonly buckets: (Map<number, number> | undefined)[];
  readonly exemplars: Exemplar[];
}

/** Exemplars kept of one series in one stretch. */
const EXEMPLARS_PER_INTERVAL = 2;
const NS_PER_SECOND = 1e9;

/** Fields whose values are durations, and so given in seconds. */
const DURATIONS: ReadonlySet<string> = new Set(['duration', 'traceDuration', 'event:timeSinceStart']);

/** An aggregator for `rate()`, `quantile_over_time(…)` … @param exemplars how many are kept in all */
export function aggregateSpans(aggregate: SeriesAggregate, intervals: Intervals, exemplars: number): SpanAggregator {
  const by = aggregate.by.map(fieldReader);
  const value = aggregate.field === undefined ? undefined : valueReader(aggregate.field);
  const bucketed = BUCKETED.has(aggregate.function);
  const groups = new Map<string, Group>();
  let kept = 0;

  const groupOf = (trace: TraceView, span: number): Group => {
    const labels = by.map((field) => labelOf(field, trace, span));
    const key = JSON.stringify(labels.map((label) => label?.value));
    let group = groups.get(key);
    if (group === undefined) {
      group = newGroup(labels, intervals.count);
      groups.set(key, group);
    }
    return group;
  };

  const noteExemplar = (group: Group, trace: TraceView, span: number, at: number): void => {
    if (kept >= exemplars || (group.counts[at] as number) > EXEMPLARS_PER_INTERVAL) return;
    const { traceId, spanId, startNs } = trace.tree.spans[span] as TraceView['tree']['spans'][number];
    const number = COUNTING.has(aggregate.function) ? Number.NaN : (value?.read(trace, span) ?? Number.NaN);
    group.exemplars.push({ traceId, spanId, timeMs: Number(startNs / 1_000_000n), value: number });
    kept++;
  };

  return {
    observe(trace, span) {
      const at = intervals.indexOf((trace.tree.spans[span] as TraceView['tree']['spans'][number]).startNs);
      if (at < 0) return;
      const number = value?.read(trace, span);
      const bucket = bucketed ? value?.bucket(trace, span) : undefined;
      if (bucketed && bucket === undefined) return;
      const group = groupOf(trace, span);
      group.counts[at] = (group.counts[at] as number) + 1;
      if (bucket !== undefined) {
        const buckets = group.buckets[at] ?? new Map<number, number>();
        group.buckets[at] = buckets;
        buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      } else if (number !== undefined) {
        group.values[at] = combined(aggregate.function, group.values[at] as number, number);
        group.numbers[at] = (group.numbers[at] as number) + 1;
      }
      noteExemplar(group, trace, span, at);
    },
    series() {
      // Without groups a count of nothing is a series of zeros.
      if (by.length === 0 && groups.size === 0 && !bucketed) groups.set('', newGroup([], intervals.count));
      return [...groups.values()].flatMap((group) => seriesOf(aggregate, group, intervals));
    },
  };
}

function newGroup(labels: Group['labels'], intervals: number): Group {
  return {
    labels,
    counts: new Float64Array(intervals),
    numbers: new Float64Array(intervals),
    values: new Float64Array(intervals).fill(Number.NaN),
    buckets: new Array<undefined>(intervals).fill(undefined),
    exemplars: [],
  };
}

const COUNTING: ReadonlySet<MetricsFunction> = new Set(['rate', 'count_over_time', 'histogram_over_time']);
const BUCKETED: ReadonlySet<MetricsFunction> = new Set(['quantile_over_time', 'histogram_over_time']);

/** A label of a span; where it has several values they are one text. */
function labelOf(field: FieldReader, trace: TraceView, span: number): LabelValue {
  const value = field.read(trace, span);
  if (value === undefined) return undefined;
  if (typeof value === 'object') return textLabel(JSON.stringify(value));
  return { value, isInteger: field.isInteger(trace, span) };
}

interface ValueReader {
  /** The number of a span; durations in s. */
  read(trace: TraceView, span: number): number | undefined;
  /** The upper bound of its bucket; undefined for what upstream does not bucket. */
  bucket(trace: TraceView, span: number): number | undefined;
}

function valueReader(field: Field): ValueReader {
  const reader = fieldReader(field);
  const isDuration = field.kind === 'intrinsic' && DURATIONS.has(field.name);
  const unit = isDuration ? NS_PER_SECOND : 1;
  const number = (trace: TraceView, span: number): number | undefined => {
    const value = reader.read(trace, span);
    return typeof value === 'number' ? value : undefined;
  };
  return {
    read(trace, span) {
      const value = number(trace, span);
      return value === undefined ? undefined : value / unit;
    },
    bucket(trace, span) {
      const value = number(trace, span);
      if (value === undefined || !(isDuration || reader.isInteger(trace, span))) return undefined;
      const bound = log2Bucket(value);
      return bound === undefined ? undefined : bound / unit;
    },
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
      return [
        { labels: named(aggregate, labels), values: group.counts.map((n) => n / intervals.stepSeconds), exemplars },
      ];
    case 'count_over_time':
      return [{ labels: named(aggregate, labels), values: group.counts, exemplars }];
    case 'avg_over_time':
      return [
        {
          labels: named(aggregate, labels),
          values: group.values.map((sum, at) => sum / (group.numbers[at] as number)),
          exemplars,
        },
      ];
    default:
      return [{ labels: named(aggregate, labels), values: group.values, exemplars }];
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
