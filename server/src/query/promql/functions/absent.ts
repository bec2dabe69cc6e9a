import { type Expr, unwrapParens } from '@trilith/lang/promql';
import type { Labels } from '../../../model/labels.ts';
import { withLabel } from '../label_sets.ts';
import { emptySeries, hasPoints, type VectorValue } from '../values.ts';

/** absent and absent_over_time: 1 at the steps where the input has nothing, labelled by the selector's equalities. */
export function absent(input: VectorValue, argument: Expr | undefined, count: number): VectorValue {
  const out = emptySeries(labelsOf(argument), false, count);
  for (let step = 0; step < count; step++) {
    if (input.series.some((one) => one.present[step] !== 0)) continue;
    out.values[step] = 1;
    out.present[step] = 1;
  }
  return { kind: 'vector', series: hasPoints(out) ? [out] : [] };
}

/** The labels an absent series would have: those matched by equality exactly once. */
function labelsOf(argument: Expr | undefined): Labels {
  const expr = argument === undefined ? undefined : unwrapParens(argument);
  const selector = expr?.kind === 'matrix-selector' ? expr.selector : expr;
  if (selector?.kind !== 'vector-selector') return [];
  let labels: Labels = [];
  const seen = new Set<string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === '__name__') continue;
    const first = operator === '=' && !seen.has(name);
    labels = withLabel(labels, name, first ? value : '');
    if (first) seen.add(name);
  }
  return labels;
}
