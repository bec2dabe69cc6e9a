import type { Grouping, LogRange, MetricExpr, RangeAggregation, Stage } from '@trilith/lang/logql';
import { readsAllLabels } from './needed_names.ts';
import { READS_LINE } from './range_aggregation.ts';
import { referencedNames } from './referenced_names.ts';

/**
 * Leaves parsers out of pipelines none of whose labels anybody sees: `sum(count_over_time(… | json [5m]))` counts lines, and a
 * line that is no JSON is one of them; with the parser its error would fail the query. As Loki does (noLabels of
 * RangeAggregationExpr.extractor, ParserHint.NoLabels).
 */
export function withoutUnneededParsers(expr: MetricExpr): MetricExpr {
  switch (expr.kind) {
    case 'range_aggregation':
      return expr.operation === 'absent_over_time' ? countingLines(expr) : expr;
    case 'vector_aggregation': {
      const { inner } = expr;
      const folds = expr.operation === 'sum' && inner.kind === 'range_aggregation' && SUMMED.has(inner.operation);
      if (folds && inner.grouping === undefined && groupsByNothing(expr.grouping)) {
        return { ...expr, inner: countingLines(inner) };
      }
      return { ...expr, inner: withoutUnneededParsers(inner) };
    }
    case 'label_replace':
      return { ...expr, inner: withoutUnneededParsers(expr.inner) };
    case 'binary':
      return { ...expr, left: withoutUnneededParsers(expr.left), right: withoutUnneededParsers(expr.right) };
    case 'literal':
    case 'vector':
      return expr;
  }
}

const SUMMED = new Set<RangeAggregation['operation']>(['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate']);

function groupsByNothing(grouping: Grouping | undefined): boolean {
  return grouping === undefined || (!grouping.without && grouping.labels.length === 0);
}

function countingLines(expr: RangeAggregation): RangeAggregation {
  const { log, unwrap } = expr.range;
  if (unwrap !== undefined || log.stages.some(readsAllLabels) || referencedNames(log.stages).size > 0) return expr;
  const countsBytes = expr.operation === 'bytes_over_time' || expr.operation === 'bytes_rate';
  const others = log.stages.filter((stage) => !ONLY_LABELS.has(stage.kind));
  const lastReader = countsBytes ? others.length : others.findLastIndex(({ kind }) => READS_LINE.has(kind));
  const stages = others.filter((stage, i) => stage.kind !== 'unpack' || i < lastReader);
  if (stages.length === log.stages.length) return expr;
  const range: LogRange = { ...expr.range, log: { ...log, stages } };
  return { ...expr, range };
}

/** Parsers that do nothing but add labels, or an error. */
const ONLY_LABELS = new Set<Stage['kind']>(['json', 'logfmt', 'pattern', 'regexp']);
