import type { FloatHistogram } from '../../model/histogram.ts';
import type { Labels } from '../../model/labels.ts';
import { type EvaluationContext, mergeEqualLabels, withoutName } from './context.ts';
import { compareLabels } from './label_sets.ts';
import { asSamples } from './operators/subquery.ts';
import type { SubqueryNode, WindowNode } from './plan_nodes.ts';
import type { SeriesSet } from './source.ts';
import { type Grid, HISTOGRAM, histogramAt, type Value, type VectorSeries, type VectorValue } from './values.ts';

/**
 * Where whoever writes a series out may keep its points as text, so that the next refresh of the same graph writes only those
 * that are new. The text of point i ends at `ends[i]`; empty until it was written.
 */
export interface WrittenPoints {
  text?: Uint8Array;
  ends?: Uint32Array;
}

/** Points of a result that are the first ones of another. */
export interface CarriedPoints {
  readonly written: WrittenPoints;
  readonly from: number;
  readonly to: number;
}

/** One series of a result; times in ms since the epoch, ascending. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  /** NaN where the point is a native histogram. */
  readonly values: Float64Array;
  /** By point, where the series has native histograms; undefined where the point is a float. */
  readonly histograms?: readonly (FloatHistogram | undefined)[];
  /** Set on series of results that are remembered. */
  readonly written?: WrittenPoints;
  readonly carried?: CarriedPoints;
}

export interface ShapedResult {
  readonly type: 'scalar' | 'vector' | 'matrix' | 'string';
  /** A scalar is one series without labels and with one point. */
  readonly series: readonly ResultSeries[];
  /** The value of a string result. */
  readonly text: string;
}

/** The samples of a range selector or subquery as they are. */
export async function shapeRangeVector(
  context: EvaluationContext,
  node: WindowNode | SubqueryNode,
): Promise<ShapedResult> {
  const endMs = node.grid.startMs - node.offsetMs;
  let set: SeriesSet | undefined;
  if (node.kind === 'window') set = context.fetched[node.fetch];
  else {
    const value = await context.evaluate(context, node.input);
    set = value.kind === 'vector' ? asSamples(node, settled(value)) : undefined;
  }
  const series: ResultSeries[] = [];
  set?.labels.forEach((labels, i) => {
    const first = set.offsets[i] as number;
    let from = first;
    let to = set.offsets[i + 1] as number;
    while (from < to && (set.times[from] as number) <= endMs - node.rangeMs) from++;
    while (to > from && (set.times[to - 1] as number) > endMs) to--;
    if (to === from) return;
    const histograms = set.histograms?.get(i)?.slice(from - first, to - first);
    const columns = { labels, times: set.times.slice(from, to), values: set.values.slice(from, to) };
    series.push(histograms === undefined ? columns : { ...columns, histograms });
  });
  return { type: 'matrix', series: series.sort((a, b) => compareLabels(a.labels, b.labels)), text: '' };
}

/** Names marked to go are gone, and series that became equal are one. */
function settled({ series }: VectorValue): VectorValue {
  const named = series.map((one) =>
    one.dropName ? { ...one, labels: withoutName(one.labels), dropName: false } : one,
  );
  return { kind: 'vector', series: mergeEqualLabels(named) };
}

/** A value as the result of a query over the steps of a grid. */
export function shapeResult(value: Value, grid: Grid, instant: boolean): ShapedResult {
  if (value.kind === 'string') return { type: 'string', series: [], text: value.value };
  const times = Float64Array.from({ length: grid.count }, (_, step) => grid.startMs + step * grid.stepMs);
  if (value.kind === 'scalar')
    return { type: instant ? 'scalar' : 'matrix', series: [{ labels: [], times, values: value.values }], text: '' };
  const series = settled(value).series.flatMap((one) => pointsOf(one, times));
  if (!instant) series.sort((a, b) => compareLabels(a.labels, b.labels));
  return { type: instant ? 'vector' : 'matrix', series, text: '' };
}

function pointsOf(one: VectorSeries, times: Float64Array): ResultSeries[] {
  const { labels, present, values } = one;
  let points = 0;
  for (const mark of present) if (mark !== 0) points++;
  if (points === 0) return [];
  const kept = (_: unknown, step: number): boolean => present[step] !== 0;
  if (one.histograms !== undefined && present.includes(HISTOGRAM)) {
    const marked = values.map((value, step) => (present[step] === HISTOGRAM ? Number.NaN : value));
    const histograms = Array.from(present, (_, step) => histogramAt(one, step)).filter(kept);
    return [{ labels, times: times.filter(kept), values: marked.filter(kept), histograms }];
  }
  if (points === times.length) return [{ labels, times, values }];
  return [{ labels, times: times.filter(kept), values: values.filter(kept) }];
}
