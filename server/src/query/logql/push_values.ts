import type { Grouping, RangeAggregation, Unwrap } from '@trilith/lang/logql';
import type { GatheredTexts } from '../../store/index.ts';
import type { MetricContext, RewriteRule } from './evaluate.ts';
import {
  type Buckets,
  bucketsOf,
  type Counted,
  type CountPushdown,
  countedRows,
  labelsOf,
  othersOf,
  planCounted,
} from './push_counts.ts';
import { tooManySeries } from './query_error.ts';
import {
  CONVERSIONS,
  collectPoints,
  evaluateRange,
  overWindows,
  type Points,
  tooManySamples,
} from './range_aggregation.ts';
import { LabelSets, type Matrix, type Series, slot } from './series.ts';

/** Aggregations that only ask which numbers a window holds and how often, not in which order they came. */
const ORDER_FREE: ReadonlySet<RangeAggregation['operation']> = new Set([
  'quantile_over_time',
  'min_over_time',
  'max_over_time',
]);

/**
 * quantile_over_time, min_over_time and max_over_time of an unwrapped label by other labels: the store gathers its texts in
 * each bucket of gcd(range, step), and the windows are made of these here. Equal because every window's edges are bucket
 * edges. Lines that the store cannot read as the parser does are evaluated one by one; all are where a value is no plain number.
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
    const gathered = gatherTexts(counted, unwrap.label);
    if (gathered === undefined) return undefined;
    const shape = { expr, unwrap, grouping };
    return values(options, shape, context, gathered, buckets).then((series) =>
      series === undefined ? evaluateRange(expr, context) : { kind: 'matrix', series },
    );
  };
}

/** The plan with the texts of a name gathered instead of grouped by; undefined when it is more than a field. */
function gatherTexts(counted: Counted, name: string): Counted | undefined {
  const [key, ...more] = counted.keys.get(name) ?? [];
  if (key?.kind !== 'field' || more.length > 0) return undefined;
  return { ...counted, keys: new Map([...counted.keys].filter(([other]) => other !== name)), texts: key.field };
}

function dropsErrors(filter: Unwrap['filters'][number]): boolean {
  if (filter.kind !== 'match') return false;
  const { name, operator, value } = filter.matcher;
  return name === '__error__' && operator === '=' && value === '';
}

interface Shape {
  readonly expr: RangeAggregation;
  readonly unwrap: Unwrap;
  readonly grouping: Grouping;
}

/** Undefined when some value is for the pipeline. */
async function values(
  options: CountPushdown,
  { expr, unwrap, grouping }: Shape,
  context: MetricContext,
  counted: Counted,
  buckets: Buckets,
): Promise<Series[] | undefined> {
  const { limits, steps } = context;
  const names = [...grouping.labels].sort();
  const numbers = numberReader(unwrap);
  const sets = new LabelSets();
  const found: Moment[][] = [];
  let samples = 0;
  let others = false;
  for await (const { rows, labelOf } of countedRows(options, context, counted, buckets, false)) {
    for (let row = 0; row < rows.rows; row++) {
      if (!rows.flagged(row)) {
        others = true;
        continue;
      }
      const read = numbers(rows.texts(row));
      if (read === undefined) return undefined;
      if (read.length === 0) continue;
      samples += read.length;
      if (samples > limits.maxSamples) throw tooManySamples(limits.maxSamples);
      const list = slot(found, sets.index(labelsOf(names, row, labelOf)), () => []);
      if (sets.all.length > limits.maxSeries) throw tooManySeries(limits.maxSeries);
      // A bucket ends where it is whole in a window.
      list.push({ time: (rows.bucket(row) + 1) * Number(buckets.widthNs), values: read });
    }
  }
  if (others && counted.flag !== undefined) {
    const source = othersOf(options, expr, grouping, counted.flag);
    const rest = await collectPoints(expr, { ...context, source });
    for (const [i, labels] of rest.sets.all.entries()) {
      const list = slot(found, sets.index(labels), () => []);
      const { times, values: read } = rest.points[i] ?? NO_POINTS;
      for (let at = 0; at < times.length; at++) list.push({ time: times[at] ?? 0, values: [read[at] ?? 0] });
    }
    if (sets.all.length > limits.maxSeries) throw tooManySeries(limits.maxSeries);
  }
  return overWindows(expr, steps, sets.all, found.map(inOrder), buckets.originNs);
}

/** Reads texts as numbers, without those that a filter drops; undefined when the pipeline has to. */
function numberReader(unwrap: Unwrap): (texts: GatheredTexts) => Float64Array | undefined {
  return (texts) => {
    const numbers = new Float64Array(texts.length);
    let count = 0;
    for (let i = 0; i < texts.length; i++) {
      const whole = unwrap.conversion === '' ? texts.wholeNumber(i) : -1;
      const value = whole >= 0 ? whole : plainNumber(texts.text(i), unwrap);
      if (value === undefined) {
        if (unwrap.filters.length === 0) return undefined;
        continue;
      }
      if (Number.isNaN(value) || Object.is(value, -0)) return undefined;
      numbers[count++] = value;
    }
    return numbers.subarray(0, count);
  };
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

/** Values of one time, ns since the first bucket begins. */
interface Moment {
  readonly time: number;
  readonly values: ArrayLike<number>;
}

const NO_POINTS: Points = { times: [], values: [] };

/** The points in order of time. */
function inOrder(moments: Moment[]): Points {
  const count = moments.reduce((sum, { values: read }) => sum + read.length, 0);
  const points = { times: new Float64Array(count), values: new Float64Array(count) };
  let at = 0;
  for (const { time, values: read } of moments.sort((a, b) => a.time - b.time)) {
    points.values.set(read, at);
    points.times.fill(time, at, at + read.length);
    at += read.length;
  }
  return points;
}
