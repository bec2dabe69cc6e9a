import type { Field } from '@trilith/lang/traceql';
import { type FieldReader, fieldReader, type TraceView } from '../trace_fields.ts';
import type { Intervals } from './intervals.ts';
import { log2Bucket } from './log2_quantile.ts';
import { BUCKETED, type SeriesAggregate, type SeriesGroups } from './series_groups.ts';
import { type LabelValue, textLabel } from './trace_series.ts';

/** Takes selected spans one by one. */
export interface SpanObserver {
  observe(trace: TraceView, span: number): void;
}

const NS_PER_SECOND = 1e9;

/** Fields whose values are durations, and so given in seconds. */
const DURATIONS: ReadonlySet<string> = new Set(['duration', 'traceDuration', 'event:timeSinceStart']);

/** What a field's own unit is divided by in series: durations are given in seconds. */
export function unitOf(field: Field): number {
  return field.kind === 'intrinsic' && DURATIONS.has(field.name) ? NS_PER_SECOND : 1;
}

/** An observer for `rate()`, `quantile_over_time(…)` … that adds each span to its group. */
export function aggregateSpans(aggregate: SeriesAggregate, intervals: Intervals, groups: SeriesGroups): SpanObserver {
  const by = aggregate.by.map(fieldReader);
  const value = aggregate.field === undefined ? undefined : valueReader(aggregate.field);
  const bucketed = BUCKETED.has(aggregate.function);
  const isExtreme = aggregate.function === 'min_over_time' || aggregate.function === 'max_over_time';
  return {
    observe(trace, span) {
      const { traceId, spanId, startNs, weight } = trace.tree.spans[span] as TraceView['tree']['spans'][number];
      const at = intervals.indexOf(startNs);
      if (at < 0) return;
      const number = value?.read(trace, span);
      const bucket = bucketed ? value?.bucket(trace, span) : undefined;
      if (bucketed && bucket === undefined) return;
      const labels = by.map((field) => labelOf(field, trace, span));
      groups.addExemplar(labels, groups.countOf(labels, at), {
        traceId,
        spanId,
        timeMs: Number(startNs / 1_000_000n),
        value: number ?? Number.NaN,
      });
      groups.add(labels, at, {
        spans: 1,
        weight,
        numbers: number === undefined ? 0 : weight,
        value: (number ?? Number.NaN) * (isExtreme ? 1 : weight),
        ...(bucket === undefined ? {} : { bucket }),
      });
    },
  };
}

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
  const unit = unitOf(field);
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
      if (value === undefined || !(unit > 1 || reader.isInteger(trace, span))) return undefined;
      const bound = log2Bucket(value);
      return bound === undefined ? undefined : bound / unit;
    },
  };
}
