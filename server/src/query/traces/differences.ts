import { countSpans, type NsRange, readValueCounts, type ValueCounts } from '../../store/index.ts';
import { compilePipeline } from '../traceql/evaluate.ts';
import type { SearchQuery } from '../traceql/search_query.ts';
import { exactPredicate } from './exact_predicate.ts';
import { visitMatchingSpans } from './matching_spans.ts';
import type { TraceStore } from './trace.ts';

const MOST_FIELDS = 40;
const VALUES_PER_FIELD = 8;
/** Spans of each side whose attributes are counted; of more, a sample. */
const MOST_SPANS = 100_000;

export interface DifferencesRequest extends NsRange {
  readonly query: SearchQuery;
  /** Which of the query's spans are held against the others. */
  readonly selection: NsRange & { readonly query: SearchQuery };
  readonly signal?: AbortSignal;
}

export interface FieldDifference {
  readonly field: string;
  readonly difference: number;
  readonly values: readonly { readonly value: string; readonly selected: number; readonly others: number }[];
}

export interface Differences {
  readonly selected: number;
  readonly others: number;
  readonly attributes: readonly FieldDifference[];
  readonly cut: boolean;
}

interface Sides {
  readonly selected: number;
  readonly others: number;
  readonly values: readonly ValueCounts[];
  readonly cut: boolean;
}

/** In which attributes the selected spans of a query differ from its others. Throws StoreError, TraceqlEvaluationError. */
export async function spanDifferences(store: TraceStore, request: DifferencesRequest): Promise<Differences> {
  const { selected, others, values, cut } = (await countStored(store, request)) ?? (await countVisited(store, request));
  return { selected, others, attributes: ranked(values, selected, others), cut };
}

async function countStored(store: TraceStore, request: DifferencesRequest): Promise<Sides | undefined> {
  const { startNs, endNs, query, selection, signal } = request;
  const options = signal === undefined ? store.query : { ...store.query, signal };
  const [predicate, selecting] = await Promise.all([
    exactPredicate(store, query.stages, request, options),
    exactPredicate(store, selection.query.stages, request, options),
  ]);
  if (predicate === undefined || selecting === undefined) return undefined;
  const asked = { startNs, endNs, predicate };
  const chosen = {
    ...overlap(request, selection),
    predicate: { kind: 'and' as const, parts: [predicate, selecting] },
  };
  const [all, { spans: selected }] = await Promise.all([
    countSpans(store.reader, asked, options),
    countSpans(store.reader, chosen, options),
  ]);
  const others = Math.max(0, all.spans - selected);
  const values = await readValueCounts(
    store.reader,
    {
      ...asked,
      selection: { startNs: selection.startNs, endNs: selection.endNs, predicate: selecting },
      totals: { selected, others },
      mostSpans: MOST_SPANS,
      valuesPerField: VALUES_PER_FIELD,
    },
    options,
  );
  return { selected, others, values, cut: false };
}

function overlap(a: NsRange, b: NsRange): NsRange {
  let { startNs, endNs } = a;
  if (b.startNs > startNs) startNs = b.startNs;
  if (b.endNs < endNs) endNs = b.endNs;
  return { startNs, endNs };
}

async function countVisited(store: TraceStore, request: DifferencesRequest): Promise<Sides> {
  const { selection } = request;
  const match = compilePipeline(selection.query.stages, selection.query.text);
  const counts = new Map<string, { field: string; value: string; selected: number; others: number }>();
  const sides = { selected: 0, others: 0 };
  const { cut } = await visitMatchingSpans(store, request.query, request, (trace, index) => {
    const span = trace.tree.spans[index];
    if (span === undefined) return;
    const within = span.startNs >= selection.startNs && span.startNs < selection.endNs;
    const side = within && match(trace).some(({ spans }) => spans.includes(index)) ? 'selected' : 'others';
    sides[side]++;
    for (const [field, value] of fieldsOf(span)) {
      if (value === '') continue;
      const key = JSON.stringify([field, value]);
      const counted = counts.get(key) ?? { field, value, selected: 0, others: 0 };
      counts.set(key, counted);
      counted[side]++;
    }
  });
  return { ...sides, values: [...counts.values()], cut };
}

function* fieldsOf(span: {
  readonly name: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly kind: string;
  readonly service: string;
  readonly attributes: { readonly pairs: readonly string[] };
  readonly resource: { readonly pairs: readonly string[] };
}): Generator<readonly [field: string, value: string]> {
  yield ['name', span.name];
  yield ['status', span.status.toLowerCase()];
  yield ['statusMessage', span.statusMessage];
  yield ['kind', span.kind.toLowerCase()];
  yield ['resource.service.name', span.service];
  for (const [scope, { pairs }] of [
    ['span', span.attributes],
    ['resource', span.resource],
  ] as const)
    for (let i = 0; i < pairs.length; i += 2)
      if (pairs[i] !== 'service.name') yield [`${scope}.${pairs[i]}`, pairs[i + 1] ?? ''];
}

/** Spans that share a value before its difference counts fully: a value of one span alone is an id, and tells nothing. */
const SPANS_OF_EVIDENCE = 5;

/** Fields by the greatest difference of a value's shares, as Tempo's comparison orders them, less where few spans share the value. */
export function ranked(values: readonly ValueCounts[], selected: number, others: number): readonly FieldDifference[] {
  const byField = new Map<string, { value: string; selected: number; others: number; weight: number }[]>();
  for (const { field, value, ...counts } of values) {
    const rows = byField.get(field) ?? [];
    byField.set(field, rows);
    const shares = { selected: share(counts.selected, selected), others: share(counts.others, others) };
    const spans = shares.selected > shares.others ? counts.selected : counts.others;
    const evidence = Math.min(1, Math.max(0, (spans - 1) / (SPANS_OF_EVIDENCE - 1)));
    rows.push({ value, ...shares, weight: Math.abs(shares.selected - shares.others) * evidence });
  }
  return Array.from(byField, ([field, rows]) => {
    const sorted = rows.sort((a, b) => distance(b) - distance(a) || (a.value < b.value ? -1 : 1));
    return {
      field,
      difference: Math.max(...rows.map(distance)),
      weight: Math.max(...rows.map(({ weight }) => weight)),
      values: sorted.slice(0, VALUES_PER_FIELD).map(({ weight: _, ...row }) => row),
    };
  })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.field < b.field ? -1 : 1))
    .slice(0, MOST_FIELDS)
    .map(({ weight: _, ...field }) => field);
}

function distance(row: { readonly selected: number; readonly others: number }): number {
  return Math.abs(row.selected - row.others);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, part / whole);
}
