import type { RangeAggregation, Unwrap } from '@trilith/lang/logql';
import type { MetricContext, RewriteRule } from './evaluate.ts';
import {
  type Buckets,
  bucketsOf,
  type Counted,
  type CountPushdown,
  countedRows,
  labelsOf,
  planCounted,
} from './push_counts.ts';
import { LogqlError, tooManySeries } from './query_error.ts';
import { CONVERSIONS, evaluateRange, overWindows, type Points } from './range_aggregation.ts';
import { LabelSets, type Matrix, type Series, slot } from './series.ts';

/** Aggregations that only ask which numbers a window holds and how often, not in which order they came. */
const ORDER_FREE: ReadonlySet<RangeAggregation['operation']> = new Set([
  'quantile_over_time',
  'min_over_time',
  'max_over_time',
]);

/**
 * quantile_over_time, min_over_time and max_over_time of an unwrapped label by other labels: the store counts how often each
 * of its values comes in each bucket of gcd(range, step), and the windows are made of these here. Equal because every
 * window's edges are bucket edges. Where the store cannot read every line as the parser does, or a value is no plain number,
 * all is evaluated record by record.
 */
export function pushValues(options: CountPushdown): RewriteRule {
  return (expr, context) => {
    if (expr.kind !== 'range_aggregation' || !ORDER_FREE.has(expr.operation)) return undefined;
    const { grouping } = expr;
    const { unwrap } = expr.range;
    if (unwrap === undefined || grouping === undefined || grouping.without) return undefined;
    if (grouping.labels.includes(unwrap.label) || !unwrap.filters.every(dropsErrors)) return undefined;
    // A stream's label would be asked of the index, and none there is no value.
    if (options.index.hasLabel(unwrap.label)) return undefined;
    const asked = { ...grouping, labels: [...grouping.labels, unwrap.label] };
    const counted = planCounted(options.index, context, expr, asked);
    const buckets = counted === undefined ? undefined : bucketsOf(expr, context);
    if (counted === undefined || buckets === undefined) return undefined;
    if (counted === 'nothing') return Promise.resolve<Matrix>({ kind: 'matrix', series: [] });
    const names = [...grouping.labels].sort();
    return values(options, { expr, unwrap, names }, context, counted, buckets).then((series) =>
      series === undefined ? evaluateRange(expr, context) : { kind: 'matrix', series },
    );
  };
}

function dropsErrors(filter: Unwrap['filters'][number]): boolean {
  if (filter.kind !== 'match') return false;
  const { name, operator, value } = filter.matcher;
  return name === '__error__' && operator === '=' && value === '';
}

interface Shape {
  readonly expr: RangeAggregation;
  readonly unwrap: Unwrap;
  /** Of the grouping, sorted. */
  readonly names: readonly string[];
}

/** Undefined when some line or value is for the pipeline. */
async function values(
  options: CountPushdown,
  { expr, unwrap, names }: Shape,
  context: MetricContext,
  counted: Counted,
  buckets: Buckets,
): Promise<Series[] | undefined> {
  const { limits, steps } = context;
  const sets = new LabelSets();
  const points: Points[] = [];
  let samples = 0;
  for await (const { rows, labelOf } of countedRows(options, context, counted, buckets, false)) {
    for (let row = 0; row < rows.rows; row++) {
      if (!rows.flagged(row)) return undefined;
      const text = labelOf(unwrap.label, row);
      if (text === undefined || text === '') continue;
      const value = plainNumber(text, unwrap);
      if (value === undefined) {
        if (unwrap.filters.length === 0) return undefined;
        continue;
      }
      if (Number.isNaN(value) || Object.is(value, -0)) return undefined;
      const count = rows.count(row);
      samples += count;
      if (samples > limits.maxSamples)
        throw new LogqlError('limit', `query needs more than ${limits.maxSamples} samples in memory`);
      const list = slot(points, sets.index(labelsOf(names, row, labelOf)), () => ({ times: [], values: [] }) as Points);
      if (sets.all.length > limits.maxSeries) throw tooManySeries(limits.maxSeries);
      // A bucket ends where it is whole in a window.
      const time = (rows.bucket(row) + 1) * Number(buckets.widthNs);
      for (let i = 0; i < count; i++) {
        list.times.push(time);
        list.values.push(value);
      }
    }
  }
  return overWindows(expr, steps, sets.all, points.map(inOrder), buckets.originNs);
}

/** Undefined for what cannot be converted. */
function plainNumber(text: string, { conversion }: Unwrap): number | undefined {
  try {
    return CONVERSIONS[conversion](text);
  } catch {
    // The pipeline says why, or leaves the line out.
    return undefined;
  }
}

/** The points in order of time. */
function inOrder({ times, values: unordered }: Points): Points {
  const order = Uint32Array.from(times, (_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return {
    times: Array.from(order, (i) => times[i] ?? 0),
    values: Array.from(order, (i) => unordered[i] ?? 0),
  };
}
