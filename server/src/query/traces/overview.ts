import {
  countSpans,
  type NsRange,
  type QueryOptions,
  readSpanCells,
  readSpanOperations,
  type SpanCell,
  type SpanOperation,
  type SpanPredicate,
  type StoredSpan,
} from '../../store/index.ts';
import { nearestRank } from '../recent_spans/nearest_rank.ts';
import type { SearchQuery } from '../traceql/search_query.ts';
import { exactPredicate } from './exact_predicate.ts';
import { visitMatchingSpans } from './matching_spans.ts';
import type { TraceStore } from './trace.ts';

/** Bands of duration that are counted and, some of them together, shown: each a power of two divided so often. */
const COUNTED_PER_OCTAVE = 8;
const SHOWN_PER_OCTAVE = 2;
const MOST_OPERATIONS = 100;

export interface OverviewRequest extends NsRange {
  readonly query: SearchQuery;
  readonly steps: number;
  readonly signal?: AbortSignal;
}

export interface OverviewStep {
  readonly spans: number;
  readonly errors: number;
  /** Of the durations, within 5 % (the width of half a counted band); undefined without spans. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface TraceOverview {
  readonly stepNs: bigint;
  readonly steps: readonly OverviewStep[];
  readonly bands: readonly { readonly lowMs: number; readonly highMs: number }[];
  readonly cells: readonly {
    readonly step: number;
    readonly band: number;
    readonly spans: number;
    readonly errors: number;
  }[];
  /** `stored` and `traces` are what is stored of the spans that are meant; all other numbers count those sampling dropped, too. */
  readonly totals: {
    readonly spans: number;
    readonly errors: number;
    readonly traces: number;
    readonly stored: number;
  };
  readonly operations: readonly (Omit<SpanOperation, 'totalNs'> & { readonly timeShare: number })[];
  /** Whether there were more spans than are looked into. */
  readonly cut: boolean;
}

interface Counted {
  readonly cells: readonly SpanCell[];
  readonly operations: readonly SpanOperation[];
  readonly traces: number;
  readonly stored: number;
  readonly cut: boolean;
}

/**
 * The spans a query selects, over time, by duration and by operation: counted by the store where it can tell them alone, else
 * held against the query one by one. Throws StoreError, TraceqlEvaluationError.
 */
export async function traceOverview(store: TraceStore, request: OverviewRequest): Promise<TraceOverview> {
  const { startNs, endNs, steps } = request;
  const stepNs = (endNs - startNs + BigInt(steps) - 1n) / BigInt(steps) || 1n;
  const options = request.signal === undefined ? store.query : { ...store.query, signal: request.signal };
  const predicate = await exactPredicate(store, request.query.stages, request, options);
  const counted =
    predicate === undefined
      ? await countVisited(store, request, stepNs)
      : await countStored(store, { startNs, endNs, predicate }, stepNs, options);
  const bySteps = Array.from({ length: steps }, (): SpanCell[] => []);
  for (const cell of counted.cells) bySteps[cell.step]?.push(cell);
  const sum = (of: 'spans' | 'errors'): number =>
    Math.round(counted.cells.reduce((total, cell) => total + cell[of], 0));
  const totalNs = counted.operations.reduce((total, one) => total + one.totalNs, 0);
  return {
    stepNs,
    steps: bySteps.map(stepOf),
    ...shownBands(counted.cells),
    totals: { spans: sum('spans'), errors: sum('errors'), traces: counted.traces, stored: counted.stored },
    operations: counted.operations.map(({ totalNs: ns, spans, errors, ...one }) => ({
      ...one,
      spans: Math.round(spans),
      errors: Math.round(errors),
      timeShare: totalNs === 0 ? 0 : ns / totalNs,
    })),
    cut: counted.cut,
  };
}

async function countStored(
  store: TraceStore,
  asked: NsRange & { readonly predicate: SpanPredicate },
  stepNs: bigint,
  options: QueryOptions,
): Promise<Counted> {
  const [cells, operations, { traces, spans: stored }] = await Promise.all([
    readSpanCells(store.reader, { ...asked, stepNs, bandsPerOctave: COUNTED_PER_OCTAVE }, options),
    readSpanOperations(store.reader, { ...asked, limit: MOST_OPERATIONS }, options),
    countSpans(store.reader, asked, options),
  ]);
  return { cells, operations, traces, stored, cut: false };
}

async function countVisited(store: TraceStore, request: OverviewRequest, stepNs: bigint): Promise<Counted> {
  const cells = new Map<string, { step: number; band: number; spans: number; errors: number }>();
  const operations = new Map<string, StoredSpan[]>();
  const traces = new Set<string>();
  let stored = 0;
  const { cut } = await visitMatchingSpans(store, request.query, request, ({ tree }, index) => {
    const span = tree.spans[index];
    if (span === undefined) return;
    traces.add(span.traceId);
    stored++;
    const step = Number((span.startNs - request.startNs) / stepNs);
    const band = bandOf(span.durationNs);
    const key = `${step} ${band}`;
    const cell = cells.get(key) ?? { step, band, spans: 0, errors: 0 };
    cells.set(key, cell);
    cell.spans += span.weight;
    if (span.status === 'Error') cell.errors += span.weight;
    const operation = JSON.stringify([span.service, span.name]);
    const known = operations.get(operation);
    if (known === undefined) operations.set(operation, [span]);
    else known.push(span);
  });
  const figures = [...operations.values()].map(operationOf).sort((a, b) => b.spans - a.spans);
  return {
    cells: [...cells.values()],
    operations: figures.slice(0, MOST_OPERATIONS),
    traces: traces.size,
    stored,
    cut,
  };
}

function operationOf(spans: readonly StoredSpan[]): SpanOperation {
  const sum = (of: (span: StoredSpan) => number): number => spans.reduce((total, span) => total + of(span), 0);
  const [p95 = 0] = nearestRank(
    spans.map(({ durationNs }) => Number(durationNs)),
    [0.95],
    spans.map(({ weight }) => weight),
  );
  return {
    service: spans[0]?.service ?? '',
    operation: spans[0]?.name ?? '',
    spans: sum(({ weight }) => weight),
    errors: sum(({ status, weight }) => (status === 'Error' ? weight : 0)),
    p95Ms: p95 / 1e6,
    totalNs: sum(({ durationNs, weight }) => Number(durationNs) * weight),
  };
}

function bandOf(durationNs: bigint): number {
  return Math.floor(Math.log2(Math.max(1, Number(durationNs))) * COUNTED_PER_OCTAVE);
}

function stepOf(cells: readonly SpanCell[]): OverviewStep {
  const sorted = cells.toSorted((a, b) => a.band - b.band);
  const spans = sorted.reduce((total, cell) => total + cell.spans, 0);
  const errors = sorted.reduce((total, cell) => total + cell.errors, 0);
  const quantile = (q: number): number | undefined => (spans === 0 ? undefined : quantileMs(sorted, spans, q));
  const [p50Ms, p95Ms, p99Ms] = [quantile(0.5), quantile(0.95), quantile(0.99)];
  return { spans: Math.round(spans), errors: Math.round(errors), p50Ms, p95Ms, p99Ms };
}

/** The quantile of banded durations, interpolated inside its band on the logarithmic scale. */
function quantileMs(sorted: readonly SpanCell[], spans: number, q: number): number {
  const wanted = q * spans;
  let below = 0;
  for (const { band, spans: here } of sorted) {
    if (below + here >= wanted) return 2 ** ((band + (wanted - below) / here) / COUNTED_PER_OCTAVE) / 1e6;
    below += here;
  }
  return 0;
}

/** The counted bands put together to those shown, from the shortest to the longest that holds a span. */
function shownBands(cells: readonly SpanCell[]): Pick<TraceOverview, 'bands' | 'cells'> {
  if (cells.length === 0) return { bands: [], cells: [] };
  const shown = (band: number): number => Math.floor((band * SHOWN_PER_OCTAVE) / COUNTED_PER_OCTAVE);
  const all = cells.map(({ band }) => shown(band));
  const lowest = all.reduce((least, band) => Math.min(least, band));
  const highest = all.reduce((most, band) => Math.max(most, band));
  const edgeMs = (band: number): number => 2 ** (band / SHOWN_PER_OCTAVE) / 1e6;
  const sums = new Map<string, { step: number; band: number; spans: number; errors: number }>();
  for (const { step, band, spans, errors } of cells) {
    const at = shown(band) - lowest;
    const key = `${step} ${at}`;
    const sum = sums.get(key) ?? { step, band: at, spans: 0, errors: 0 };
    sums.set(key, sum);
    sum.spans += spans;
    sum.errors += errors;
  }
  return {
    bands: Array.from({ length: highest - lowest + 1 }, (_, at) => ({
      lowMs: edgeMs(lowest + at),
      highMs: edgeMs(lowest + at + 1),
    })),
    cells: Array.from(sums.values(), (cell) => ({
      ...cell,
      spans: Math.round(cell.spans),
      errors: Math.round(cell.errors),
    })),
  };
}
