import {
  ANY_SPAN,
  type OutlineRequest,
  readTraceOutlines,
  type SpanOutline,
  type StoredSpan,
} from '../../store/index.ts';
import { compilePipeline } from '../traceql/evaluate.ts';
import { spanField } from '../traceql/push_conditions.ts';
import { type NamedField, selectedFields } from '../traceql/selected_fields.ts';
import { typedValue } from '../traceql/trace_fields.ts';
import { traceTree } from '../traceql/trace_tree.ts';
import { turnOf } from '../turn.ts';
import type { FoundSpan, FoundSpanset, FoundTraceRow } from './found_traces.ts';
import type { Look } from './look_in_parts.ts';
import { outlinedSpan, outlineFieldsOf, spanWithFields } from './outlined_spans.ts';
import { compileRowFilter } from './row_filter.ts';
import { conditionsHold, exactFilter, hasSpanConditions, type TraceSearch } from './search_conditions.ts';
import { orphanSpans, summarize, type TraceSummaryRow } from './summary.ts';
import { allSpansOfTraces, type TraceStore, uniqueSpans } from './trace.ts';
import { rangeOfTraces } from './trace_range.ts';

/** Looks into traces and returns those that match a search. */
export interface Examiner {
  /** Candidates worth asking for at once. */
  readonly fewest: number;
  readonly look: Look;
}

/** Candidates of which some may turn out not to match, so that more are asked for than are wanted. */
const FEWEST_UNDECIDED = 50;

/**
 * How traces are held against a search. Outlines of their spans are enough where the store decides all of it, or where other
 * spans decide and all it names can be read beside the outlines; else, and for traces in memory, spans are read whole.
 * @param mostSpans read at once; of a trace that has more, the first
 */
export function examineTraces(store: TraceStore, search: TraceSearch, mostSpans: number): Examiner {
  const fields = selectedFields(search.traceql?.stages ?? []);
  const matched = compileSearch(search, fields);
  const mayMatch = store.recent && compileRowFilter(store.recent, search.traceql?.stages ?? []);
  const whole: Look = async (traceIds) => {
    const turn = turnOf(search.signal);
    const likely: string[] = [];
    for (const traceId of traceIds) {
      if (turn.due()) await turn.pause();
      if (mayMatch === undefined || mayMatch(traceId)) likely.push(traceId);
    }
    if (likely.length === 0) return [];
    const byTrace = await allSpansOfTraces(store, likely, mostSpans, search.signal);
    if (byTrace === undefined) return undefined;
    const found: FoundTraceRow[] = [];
    for (const traceId of likely) {
      if (turn.due()) await turn.pause();
      found.push(...matched(traceId, byTrace.get(traceId) ?? []));
    }
    return found;
  };
  const filter = exactFilter(search);
  const fewest = filter === undefined ? FEWEST_UNDECIDED : 1;
  if (search.outline !== true) return { fewest, look: whole };
  if (filter !== undefined) {
    const paths = fields.map(({ field }) => spanField(field)).filter((path) => path !== undefined);
    if (paths.length < fields.length) return { fewest, look: whole };
    const asked = { predicate: filter.predicate, tested: filter.fields, fields: paths };
    const decide: Decide = (traceId, outlines) => matchedRow(search, traceId, outlines, fields);
    return { fewest, look: byOutlines(store, search, { ...asked, limit: mostSpans }, decide, whole) };
  }
  const read = outlineFieldsOf(fields);
  if (read === undefined || (search.attributes ?? []).length > 0) return { fewest, look: whole };
  const decide: Decide = (traceId, outlines) =>
    matched(traceId, uniqueSpans(outlines.map((outline) => spanWithFields(outline, read.fields))));
  return { fewest, look: byOutlines(store, search, { predicate: ANY_SPAN, ...read, limit: mostSpans }, decide, whole) };
}

type OutlineQuestion = Omit<OutlineRequest, 'traceIds' | 'range'>;
type Decide = (traceId: string, outlines: readonly SpanOutline[]) => readonly FoundTraceRow[];

/** Holds outlines against a search, and reads those traces whole whose outlines cannot tell. */
function byOutlines(store: TraceStore, search: TraceSearch, asked: OutlineQuestion, decide: Decide, whole: Look): Look {
  return async (traceIds) => {
    const stored: string[] = [];
    const undecided: string[] = [];
    for (const id of traceIds) (store.recent?.hasOf(id) === true ? undecided : stored).push(id);
    const found: FoundTraceRow[] = [];
    const byTrace = await outlinesOf(store, search, stored, asked);
    if (byTrace === undefined) return undefined;
    for (const [traceId, outlines] of byTrace) {
      if (outlines.some(({ unsure }) => unsure)) undecided.push(traceId);
      else found.push(...decide(traceId, outlines));
    }
    if (undecided.length === 0) return found;
    const others = await whole(undecided);
    return others && [...found, ...others];
  };
}

/** Outlines by trace; undefined when several traces have as many spans as are asked for at once. */
async function outlinesOf(
  store: TraceStore,
  { signal }: TraceSearch,
  traceIds: readonly string[],
  asked: OutlineQuestion,
): Promise<Map<string, SpanOutline[]> | undefined> {
  const byTrace = new Map<string, SpanOutline[]>();
  if (traceIds.length === 0) return byTrace;
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const range = await rangeOfTraces(store, traceIds, options);
  const outlines = await readTraceOutlines(store.reader, { ...asked, traceIds, range }, options);
  if (outlines.length >= asked.limit && traceIds.length > 1) return undefined;
  for (const span of outlines) {
    const spans = byTrace.get(span.traceId);
    if (spans === undefined) byTrace.set(span.traceId, [span]);
    else spans.push(span);
  }
  return byTrace;
}

function matchedRow(
  search: TraceSearch,
  traceId: string,
  outlines: readonly SpanOutline[],
  fields: readonly NamedField[],
): FoundTraceRow[] {
  const matched = outlines.filter((outline) => outline.matched);
  const summary = summarize(traceId, outlines.map(outlinedSpan));
  if (matched.length === 0 || !lastsAsAsked(search, summary)) return [];
  const spans = matched.map((outline): FoundSpan => {
    const found = outline.fields.flatMap(([type, text], i) => {
      const value = type === '' ? undefined : typedValue(text, type);
      return value === undefined ? [] : [{ name: fields[i]?.name ?? '', value, type }];
    });
    return { ...outlinedSpan(outline), fields: found };
  });
  return [{ ...summary, orphans: orphanSpans(outlines), spansets: [{ spans, attributes: [] }] }];
}

function lastsAsAsked(search: TraceSearch, { durationNs }: TraceSummaryRow): boolean {
  const duration = Number(durationNs);
  const { minTraceDurationNs = 0, maxTraceDurationNs = Number.POSITIVE_INFINITY } = search;
  return duration >= minTraceDurationNs && duration <= maxTraceDurationNs;
}

/** A search as a test on the spans of one trace, oldest first: the trace's row when it matches. */
function compileSearch(
  search: TraceSearch,
  fields: readonly NamedField[],
): (traceId: string, spans: readonly StoredSpan[]) => readonly FoundTraceRow[] {
  const pipeline = compilePipeline(search.traceql?.stages ?? [], search.traceql?.text ?? '');
  const conditions = hasSpanConditions(search);
  const spansetsOf = (spans: readonly StoredSpan[], summary: TraceSummaryRow): FoundSpanset[] => {
    const candidates = new Set<number>();
    spans.forEach((span, i) => {
      if (conditionsHold(search, span)) candidates.add(i);
    });
    if (candidates.size === 0 || !lastsAsAsked(search, summary)) return [];
    const view = { tree: traceTree(spans), summary };
    return pipeline(view).flatMap(({ spans: matched, attributes }) => {
      const kept = conditions ? matched.filter((i) => candidates.has(i)) : matched;
      if (kept.length === 0) return [];
      const found = kept.map(
        (i): FoundSpan => ({
          ...(spans[i] as StoredSpan),
          fields: fields.flatMap((field) => field.read(view, i)),
        }),
      );
      return [{ spans: found, attributes }];
    });
  };
  return (traceId, spans) => {
    if (spans.length === 0) return [];
    const summary = summarize(traceId, spans);
    const spansets = spansetsOf(spans, summary);
    return spansets.length === 0 ? [] : [{ ...summary, orphans: orphanSpans(spans), spansets }];
  };
}
