import type { PipelineStage } from '@trilith/lang/traceql';
import { countSpans, type NsRange, type QueryOptions, type SpanPredicate } from '../../store/index.ts';
import { spanFilter } from '../traceql/push_conditions.ts';
import { planPipeline } from '../traceql/push_spans.ts';
import type { TraceStore } from './trace.ts';

/**
 * The predicate that is true of exactly the spans of a range that a pipeline selects. Undefined where the store alone cannot
 * tell: other spans of the trace decide, or some span has several values (arrays, events) in a field the query looks at.
 * Throws StoreError.
 */
export async function exactPredicate(
  store: TraceStore,
  stages: readonly PipelineStage[],
  { startNs, endNs }: NsRange,
  options: QueryOptions,
): Promise<SpanPredicate | undefined> {
  const filter = spanFilter(stages);
  if (filter === undefined) return undefined;
  const planned = planPipeline(stages);
  const fields = filter.fields.filter((field) => field.kind === 'attribute');
  if (fields.length > 0) {
    const predicate: SpanPredicate = { kind: 'and', parts: [planned, { kind: 'unsure', fields }] };
    if ((await countSpans(store.reader, { startNs, endNs, predicate }, options)).spans > 0) return undefined;
  }
  return { kind: 'and', parts: [planned, filter.predicate] };
}
