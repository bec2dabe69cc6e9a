import type { BinaryExpr } from '@trilith/lang/promql';
import { type EvaluationContext, mergeEqualLabels } from '../context.ts';
import { emptySeries, hasPoints, type VectorSeries, type VectorValue } from '../values.ts';
import { matchGroups } from './matching.ts';

/** `and`, `or` and `unless`, decided step by step on the presence of the match group on the other side. */
export function setOperation(
  context: EvaluationContext,
  expr: BinaryExpr,
  left: VectorValue,
  right: VectorValue,
  count: number,
): VectorValue {
  const { matching, operator } = expr;
  if (matching === undefined) throw new Error('a set operator without matching');
  const groups = matchGroups(left.series, right.series, matching);
  if (operator === 'or') {
    const present = presence(left.series, groups.left, groups.count, count);
    const rest = right.series.map((one, i) => masked(one, present, groups.right[i] as number, false));
    context.hold(right.series.length * count);
    return { kind: 'vector', series: mergeEqualLabels([...left.series, ...rest.filter(hasPoints)]) };
  }
  const present = presence(right.series, groups.right, groups.count, count);
  context.hold(left.series.length * count);
  const series = left.series.map((one, i) => masked(one, present, groups.left[i] as number, operator === 'and'));
  return { kind: 'vector', series: series.filter(hasPoints) };
}

/** For each group and step whether any series of the group has a point; row after row. */
function presence(series: readonly VectorSeries[], groupOf: Uint32Array, groups: number, count: number): Uint8Array {
  const present = new Uint8Array(groups * count);
  series.forEach((one, i) => {
    const row = (groupOf[i] as number) * count;
    for (let step = 0; step < count; step++) if (one.present[step] !== 0) present[row + step] = 1;
  });
  return present;
}

function masked(one: VectorSeries, present: Uint8Array, group: number, wanted: boolean): VectorSeries {
  const count = one.values.length;
  const out = emptySeries(one.labels, one.dropName, count);
  out.values.set(one.values);
  out.histograms = one.histograms;
  for (let step = 0; step < count; step++) {
    const mark = one.present[step] as number;
    if (mark !== 0 && (present[group * count + step] === 1) === wanted) out.present[step] = mark;
  }
  return out;
}
