import type { NsRange } from '../../store/index.ts';
import { compilePipeline } from '../traceql/evaluate.ts';
import { needsOf } from '../traceql/locality.ts';
import { planPipeline } from '../traceql/push_spans.ts';
import type { SearchQuery } from '../traceql/search_query.ts';
import type { TraceView } from '../traceql/trace_fields.ts';
import { traceTree } from '../traceql/trace_tree.ts';
import { turnOf } from '../turn.ts';
import { matchingSpans, matchingTraceIds } from './joined_reads.ts';
import { summarize } from './summary.ts';
import { spansOfTraces, type TraceStore } from './trace.ts';

/** Looked into at most; what lies beyond is left out and said. */
const MOST_SPANS = 200_000;
const MOST_TRACES = 5_000;
const TRACES_AT_ONCE = 200;

const EVERY_SPAN = { kind: 'series', function: 'rate', quantiles: [], by: [], span: { start: 0, end: 0 } } as const;

/**
 * Shows every span of a range that a query selects to `visit`, once, in no order; whole traces are read where other spans
 * decide. Returns whether there was more than is looked into. Throws StoreError, TraceqlEvaluationError.
 */
export async function visitMatchingSpans(
  store: TraceStore,
  { text, stages }: SearchQuery,
  range: NsRange & { readonly signal?: AbortSignal },
  visit: (trace: TraceView, span: number) => void,
): Promise<{ readonly cut: boolean }> {
  const options = range.signal === undefined ? store.query : { ...store.query, signal: range.signal };
  const match = compilePipeline(stages, text);
  const predicate = planPipeline(stages);
  const needs = needsOf(stages, EVERY_SPAN);
  const turn = turnOf(range.signal);
  const observe = (trace: TraceView): void => {
    for (const span of new Set(match(trace).flatMap(({ spans }) => spans))) {
      const startNs = trace.tree.spans[span]?.startNs ?? 0n;
      if (startNs >= range.startNs && startNs < range.endNs) visit(trace, span);
    }
  };
  if (!needs.wholeTraces) {
    let read = 0;
    const asked = { ...range, predicate, limit: MOST_SPANS + 1, eventsAndLinks: needs.eventsOrLinks };
    for await (const span of matchingSpans(store, asked, options)) {
      if (++read > MOST_SPANS) return { cut: true };
      if (turn.due()) await turn.pause();
      observe({ tree: traceTree([span]), summary: summarize(span.traceId, [span]) });
    }
    return { cut: false };
  }
  const ids = await matchingTraceIds(store, { ...range, predicate, limit: MOST_TRACES + 1 }, options);
  for (let at = 0; at < Math.min(ids.length, MOST_TRACES); at += TRACES_AT_ONCE) {
    const byTrace = await spansOfTraces(store, ids.slice(at, Math.min(at + TRACES_AT_ONCE, MOST_TRACES)), range.signal);
    for (const [traceId, spans] of byTrace) {
      if (turn.due()) await turn.pause();
      observe({ tree: traceTree(spans), summary: summarize(traceId, spans) });
    }
  }
  return { cut: ids.length > MOST_TRACES };
}
