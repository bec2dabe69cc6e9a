import { type AggregateExpr, formatNumber, quote } from '@trilith/lang/promql';
import { histogramText } from '../../../model/histogram_text.ts';
import { labelsKey } from '../../../model/labels.ts';
import { type EvaluationContext, resultLabels } from '../context.ts';
import { groupLabels, withLabel } from '../label_sets.ts';
import { PromqlError } from '../promql_error.ts';
import { emptySeries, histogramAt, type VectorSeries, type VectorValue } from '../values.ts';

function valueText(one: VectorSeries, step: number): string {
  const histogram = histogramAt(one, step);
  return histogram === undefined ? formatNumber(one.values[step] as number) : histogramText(histogram);
}

/** count_values: one series for each group and value, counting the points that have it. */
export async function countValues(
  context: EvaluationContext,
  expr: AggregateExpr,
  input: VectorValue,
  label: string,
  count: number,
): Promise<VectorValue> {
  if (label === '' || !label.isWellFormed()) throw new PromqlError('execution', `invalid label name ${quote(label)}`);
  const names = new Set(expr.without ? expr.grouping : [...expr.grouping, label]);
  const found = new Map<string, VectorSeries>();
  for (const one of input.series) {
    if (context.due()) await context.pause();
    for (let step = 0; step < count; step++) {
      if (one.present[step] === 0) continue;
      const labelled = withLabel(one.labels, label, valueText(one, step));
      const kept = groupLabels(labelled, names, expr.without);
      const labels = expr.without ? resultLabels(context, kept) : kept;
      const key = labelsKey(labels);
      let out = found.get(key);
      if (out === undefined) {
        context.hold(count);
        out = emptySeries(labels, false, count);
        found.set(key, out);
      }
      out.present[step] = 1;
      out.values[step] = (out.values[step] as number) + 1;
    }
  }
  return { kind: 'vector', series: [...found.values()] };
}
