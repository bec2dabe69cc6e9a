import type { MetricsAggregate } from '@trilith/lang/traceql';
import type { StoredAttributes } from '../../../store/index.ts';
import { compileField } from '../field_expression.ts';
import type { TraceView } from '../trace_fields.ts';
import type { SpanObserver } from './aggregate_spans.ts';
import type { Intervals } from './intervals.ts';
import { assertFewPoints } from './series_groups.ts';
import { type LabelValue, META_ERROR_LABEL, META_TYPE_LABEL, type TraceSeries, textLabel } from './trace_series.ts';

type Comparison = Extract<MetricsAggregate, { kind: 'comparison' }>;

/** How many spans had a value: `first` of them in the stretch `firstAt`, those of the other stretches once there are any. */
interface Counts {
  readonly value: LabelValue;
  readonly firstAt: number;
  first: number;
  others: Float64Array | undefined;
}

/** Of the spans of one side: how many had each value of each field. */
interface Side {
  readonly values: Map<string, Map<string, Counts>>;
  readonly totals: Map<string, Float64Array>;
  /** Rows of counts so far, one for each stretch; values seen in one stretch only have none. */
  rows: number;
}

/** Different values looked at of one field; further ones count in the total only. */
const MOST_VALUES = 10_000;

/**
 * `compare({…})`: counts of every value of every attribute, among the spans that match and among the others, the most
 * frequent values of each (Tempo: pkg/traceql/engine_metrics_compare.go).
 */
export function compareSpans(comparison: Comparison, intervals: Intervals): SpanObserver & { series(): TraceSeries[] } {
  const { selection, limit, startNs, endNs } = comparison;
  const matches = selection.expr === undefined ? undefined : compileField(selection.expr);
  const within = startNs > 0 && endNs > 0;
  const sides = { baseline: newSide(), selection: newSide() };

  const isSelected = (trace: TraceView, span: number, timeNs: number): boolean => {
    if (within && !(timeNs > startNs && timeNs <= endNs)) return false;
    return matches === undefined || matches.read(trace, span) === true;
  };

  return {
    observe(trace, span) {
      const stored = trace.tree.spans[span] as TraceView['tree']['spans'][number];
      const at = intervals.indexOf(stored.startNs);
      if (at < 0) return;
      const side = isSelected(trace, span, Number(stored.startNs)) ? sides.selection : sides.baseline;
      const count = (name: string, value: LabelValue): void =>
        countValue(side, name, value, { at, weight: stored.weight, intervals: intervals.count });
      countAttributes('span', stored.attributes, count);
      countAttributes('resource', stored.resource, count);
      if (!stored.resource.pairs.includes('service.name')) count('resource.service.name', textLabel(stored.service));
      for (const [name, text] of [
        ['name', stored.name],
        ['status', stored.status.toLowerCase()],
        ['kind', stored.kind.toLowerCase()],
        ['statusMessage', stored.statusMessage],
        ['rootName', trace.summary.rootArrived ? trace.summary.rootTraceName : ''],
        ['rootServiceName', trace.summary.rootArrived ? trace.summary.rootServiceName : ''],
      ] as const)
        if (text !== '') count(name, textLabel(text));
    },
    series: () => [
      ...sideSeries('baseline', sides.baseline, limit, intervals.count),
      ...sideSeries('selection', sides.selection, limit, intervals.count),
    ],
  };
}

const newSide = (): Side => ({ values: new Map(), totals: new Map(), rows: 0 });

function countAttributes(
  scope: 'span' | 'resource',
  { pairs, types }: StoredAttributes,
  count: (name: string, value: LabelValue) => void,
): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const letter = types[i / 2] ?? 's';
    const text = pairs[i + 1] ?? '';
    const value = letter === 'i' || letter === 'd' ? Number(text) : letter === 'b' ? text === 'true' : text;
    count(`${scope}.${pairs[i]}`, { value, isInteger: letter === 'i' });
  }
}

interface Seen {
  /** The stretch, and how many spans the one that was seen stands for. */
  readonly at: number;
  readonly weight: number;
  readonly intervals: number;
}

function countValue(side: Side, name: string, value: LabelValue, { at, weight, intervals }: Seen): void {
  const ofField = side.values.get(name) ?? new Map<string, Counts>();
  side.values.set(name, ofField);
  const key = JSON.stringify(value?.value);
  const counted = ofField.get(key);
  if (counted === undefined) {
    if (ofField.size < MOST_VALUES) ofField.set(key, { value, firstAt: at, first: weight, others: undefined });
  } else if (counted.firstAt === at) counted.first += weight;
  else {
    counted.others ??= newRow(side, intervals);
    counted.others[at] = (counted.others[at] as number) + weight;
  }
  const total = side.totals.get(name) ?? newRow(side, intervals);
  side.totals.set(name, total);
  total[at] = (total[at] as number) + weight;
}

function newRow(side: Side, intervals: number): Float64Array {
  assertFewPoints(++side.rows, intervals);
  return new Float64Array(intervals);
}

function countsOf({ firstAt, first, others }: Counts, intervals: number): Float64Array {
  const counts = others?.slice() ?? new Float64Array(intervals);
  counts[firstAt] = first;
  return counts;
}

function sideSeries(
  type: 'baseline' | 'selection',
  { values, totals }: Side,
  limit: number,
  intervals: number,
): TraceSeries[] {
  const series: TraceSeries[] = [];
  const sum = ({ first, others }: Counts): number => first + (others?.reduce((a, b) => a + b, 0) ?? 0);
  for (const [name, ofField] of values) {
    const sums = new Map([...ofField.values()].map((counts) => [counts, sum(counts)]));
    const ranked = [...sums.keys()].sort((a, b) => (sums.get(b) ?? 0) - (sums.get(a) ?? 0));
    for (const counts of ranked.slice(0, limit))
      series.push({
        labels: [
          [META_TYPE_LABEL, textLabel(type)],
          [name, counts.value],
        ],
        values: countsOf(counts, intervals),
        exemplars: [],
      });
    if (ranked.length > limit)
      series.push({
        labels: [
          [META_ERROR_LABEL, textLabel('__too_many_values__')],
          [name, undefined],
        ],
        values: new Float64Array(0),
        exemplars: [],
      });
  }
  for (const [name, counts] of totals)
    series.push({
      labels: [
        [META_TYPE_LABEL, textLabel(`${type}_total`)],
        [name, undefined],
      ],
      values: counts,
      exemplars: [],
    });
  return series;
}
