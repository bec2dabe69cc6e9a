import { readTraceOutlines, type SpanField, type SpanOutline, type StoredSpan } from '../../store/index.ts';
import { compilePipeline } from '../traceql/evaluate.ts';
import { type SpanFilter, spanField } from '../traceql/push_conditions.ts';
import { type NamedField, selectedFields } from '../traceql/selected_fields.ts';
import { typedValue } from '../traceql/trace_fields.ts';
import { traceTree } from '../traceql/trace_tree.ts';
import type { FoundSpan, FoundSpanset, FoundTraceRow } from './found_traces.ts';
import { conditionsHold, exactFilter, hasSpanConditions, type TraceSearch } from './search_conditions.ts';
import { summarize, type TraceSummaryRow } from './summary.ts';
import { MAX_TRACE_SPANS, spansOfTraces, type TraceStore } from './trace.ts';
import { rangeOfTraces } from './trace_range.ts';

/** Looks into traces and returns those that match a search. */
export interface Examiner {
  /** Candidates worth asking for at once. */
  readonly fewest: number;
  readonly look: (traceIds: readonly string[]) => Promise<readonly FoundTraceRow[]>;
}

/** Candidates of which some may turn out not to match, so that more are asked for than are wanted. */
const FEWEST_UNDECIDED = 50;

/**
 * How traces are held against a search: where the store decides all of it, it is asked for outlines of their spans; else, and
 * for traces in memory, spans are read whole.
 */
export function examineTraces(store: TraceStore, search: TraceSearch): Examiner {
  const fields = selectedFields(search.traceql?.stages ?? []);
  const whole = wholeTraces(store, search, fields);
  const filter = exactFilter(search);
  if (filter === undefined) return { fewest: FEWEST_UNDECIDED, look: whole };
  const paths = fields.map(({ field }) => spanField(field)).filter((path) => path !== undefined);
  if (search.outline !== true || paths.length < fields.length) return { fewest: 1, look: whole };
  return {
    fewest: 1,
    async look(traceIds) {
      const recent = store.recent?.traces(traceIds);
      const stored = traceIds.filter((id) => recent?.has(id) !== true);
      const undecided = traceIds.filter((id) => recent?.has(id) === true);
      const found: FoundTraceRow[] = [];
      for (const [traceId, outlines] of await outlinesOf(store, search, stored, filter, paths)) {
        if (outlines.some(({ unsure }) => unsure)) undecided.push(traceId);
        else found.push(...matchedRow(search, traceId, outlines, fields));
      }
      return undecided.length === 0 ? found : [...found, ...(await whole(undecided))];
    },
  };
}

async function outlinesOf(
  store: TraceStore,
  { signal }: TraceSearch,
  traceIds: readonly string[],
  { predicate, fields: tested }: SpanFilter,
  fields: readonly SpanField[],
): Promise<Map<string, SpanOutline[]>> {
  const byTrace = new Map<string, SpanOutline[]>();
  if (traceIds.length === 0) return byTrace;
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const range = await rangeOfTraces(store, traceIds, options);
  const asked = { traceIds, range, predicate, tested, fields, limit: MAX_TRACE_SPANS };
  for (const span of await readTraceOutlines(store.reader, asked, options)) {
    const spans = byTrace.get(span.traceId);
    if (spans === undefined) byTrace.set(span.traceId, [span]);
    else spans.push(span);
  }
  return byTrace;
}

const NO_ATTRIBUTES = { pairs: [], types: '' } as const;

/** An outline as a span without anything else. */
function spanOf(outline: SpanOutline): StoredSpan {
  return {
    ...outline,
    traceState: '',
    statusMessage: '',
    scopeName: '',
    scopeVersion: '',
    scopeAttributes: NO_ATTRIBUTES,
    scopeSchemaUrl: '',
    attributes: NO_ATTRIBUTES,
    resource: NO_ATTRIBUTES,
    resourceSchemaUrl: '',
    events: [],
    links: [],
    numbers: new Map(),
    weight: 1,
  };
}

function matchedRow(
  search: TraceSearch,
  traceId: string,
  outlines: readonly SpanOutline[],
  fields: readonly NamedField[],
): FoundTraceRow[] {
  const matched = outlines.filter((outline) => outline.matched);
  const summary = summarize(traceId, outlines.map(spanOf));
  if (matched.length === 0 || !lastsAsAsked(search, summary)) return [];
  const spans = matched.map((outline): FoundSpan => {
    const found = outline.fields.flatMap(([type, text], i) => {
      const value = type === '' ? undefined : typedValue(text, type);
      return value === undefined ? [] : [{ name: fields[i]?.name ?? '', value, type }];
    });
    return { ...spanOf(outline), fields: found };
  });
  return [{ ...summary, spansets: [{ spans, attributes: [] }] }];
}

function lastsAsAsked(search: TraceSearch, { durationNs }: TraceSummaryRow): boolean {
  const duration = Number(durationNs);
  const { minTraceDurationNs = 0, maxTraceDurationNs = Number.POSITIVE_INFINITY } = search;
  return duration >= minTraceDurationNs && duration <= maxTraceDurationNs;
}

/** Reads traces whole and holds typed spans against all of the search. */
function wholeTraces(store: TraceStore, search: TraceSearch, fields: readonly NamedField[]): Examiner['look'] {
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
  return async (traceIds) => {
    const byTrace = await spansOfTraces(store, traceIds, search.signal);
    return traceIds.flatMap((traceId) => {
      const spans = byTrace.get(traceId);
      if (spans === undefined) return [];
      const summary = summarize(traceId, spans);
      const spansets = spansetsOf(spans, summary);
      return spansets.length === 0 ? [] : [{ ...summary, spansets }];
    });
  };
}
