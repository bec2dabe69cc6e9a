import type { PipelineStage } from '@trilith/lang/traceql';
import type { SpanPredicate } from '../../store/index.ts';
import { spanFilter } from '../traceql/push_conditions.ts';
import { planPipeline } from '../traceql/push_spans.ts';

/**
 * The predicate that is true of the spans a pipeline selects, or undefined where the store alone cannot tell: other spans of
 * the trace, events or arithmetic decide. Spans with several values of a field are left out.
 */
export function exactPredicate(stages: readonly PipelineStage[]): SpanPredicate | undefined {
  const filter = spanFilter(stages);
  if (filter === undefined) return undefined;
  const { predicate, fields } = filter;
  const sure: SpanPredicate = { kind: 'not', part: { kind: 'unsure', fields } };
  return { kind: 'and', parts: [planPipeline(stages), predicate, ...(fields.length === 0 ? [] : [sure])] };
}
