import { type Hint, type MetricsExpr, parse, TraceqlCheckError } from '@trilith/lang/traceql';
import type { QueryOptions, SpanPredicate, StoredSpan } from '../../../store/index.ts';
import { matchingSpans, matchingTraceIds } from '../../traces/joined_reads.ts';
import { summarize } from '../../traces/summary.ts';
import { spansOfTraces, type TraceStore } from '../../traces/trace.ts';
import { turnOf } from '../../turn.ts';
import { compilePipeline, type TraceMatch, TraceqlEvaluationError } from '../evaluate.ts';
import { needsOf } from '../locality.ts';
import { planPipeline } from '../push_spans.ts';
import type { TraceView } from '../trace_fields.ts';
import { traceTree } from '../trace_tree.ts';
import { aggregateSpans, type SpanObserver } from './aggregate_spans.ts';
import { compareSpans } from './compare_spans.ts';
import { type Intervals, intervalsOf, type MetricsRange, MOST_INTERVALS } from './intervals.ts';
import { addPushed, hasRest, pushSeries } from './push_series.ts';
import { SeriesGroups } from './series_groups.ts';
import { applyStages, withNumber, withSeries } from './series_stages.ts';
import type { TraceSeries } from './trace_series.ts';

export interface MetricsRequest extends MetricsRange {
  readonly text: string;
  /** Exemplars kept in all. */
  readonly exemplars: number;
  /** False: nothing is counted by columns, every span is looked at (tests). */
  readonly push?: boolean;
  /** True: nothing is taken from what was answered before. */
  readonly fresh?: boolean;
  readonly signal?: AbortSignal;
}

export interface MetricsResult {
  readonly series: readonly TraceSeries[];
  readonly intervals: Intervals;
  readonly inspectedSpans: number;
}

/** Traces looked into whole, and spans read, at most; a query that needs more is refused by this bound. */
const MOST_TRACES = 50_000;
const MOST_SPANS = 2_000_000;
const TRACES_AT_ONCE = 200;
const MOST_EXEMPLARS = 100_000;

/**
 * Evaluates TraceQL metrics. Spans are counted by their columns where these decide a query (push_series.ts). Else spans are read by
 * what the store can tell of the pipeline and then held against all of it; whole traces are read only where other spans decide.
 * @throws TraceqlError, TraceqlEvaluationError at a bound, StoreError
 */
export async function traceqlMetrics(store: TraceStore, request: MetricsRequest): Promise<MetricsResult> {
  const query = parse(request.text);
  if (query.kind !== 'metrics')
    throw new TraceqlCheckError('not a metrics query: pipe it into rate(), count_over_time() …', query.span);
  const intervals = intervalsOf(request);
  if (intervals.count > MOST_INTERVALS)
    throw new TraceqlEvaluationError(
      `exceeded maximum resolution of ${MOST_INTERVALS} points: use a larger step or a shorter range`,
    );
  const exemplars = exemplarsOf(query.hints, request.exemplars);
  const run: Run = { store, request: { ...request, exemplars }, intervals, inspectedSpans: 0 };
  const series = await evaluate(run, query.expr);
  return { series, intervals, inspectedSpans: run.inspectedSpans };
}

/** `with(exemplars = …)`, a number or a boolean, goes before what the request asks for. */
function exemplarsOf(hints: readonly Hint[], asked: number): number {
  const value = hints.find(({ name }) => name === 'exemplars')?.value;
  if (value?.type === 'int') return Math.min(Math.max(0, value.value), MOST_EXEMPLARS);
  return value?.type === 'bool' && !value.value ? 0 : asked;
}

interface Run {
  readonly store: TraceStore;
  readonly request: MetricsRequest;
  readonly intervals: Intervals;
  inspectedSpans: number;
}

async function evaluate(run: Run, expr: MetricsExpr): Promise<readonly TraceSeries[]> {
  if (expr.kind === 'aggregate') return applyStages(await aggregated(run, expr), expr.seriesStages);
  const { operator, left, right } = expr;
  if (typeof left === 'number' && typeof right === 'number') throw new TypeError('a query is more than numbers');
  let joined: readonly TraceSeries[];
  if (typeof left === 'number') joined = withNumber(operator, await evaluate(run, right as MetricsExpr), left, true);
  else if (typeof right === 'number') joined = withNumber(operator, await evaluate(run, left), right, false);
  else joined = withSeries(operator, await evaluate(run, left), await evaluate(run, right));
  return applyStages(joined, expr.seriesStages);
}

type Aggregated = Extract<MetricsExpr, { kind: 'aggregate' }>;

async function aggregated(run: Run, expr: Aggregated): Promise<TraceSeries[]> {
  const { request, intervals } = run;
  const { aggregate } = expr;
  if (aggregate.kind === 'comparison') {
    const observer = compareSpans(aggregate, intervals);
    await observeAll(run, expr, observer);
    return observer.series();
  }
  const groups = new SeriesGroups(aggregate, intervals, request.exemplars);
  const observer = aggregateSpans(aggregate, intervals, groups);
  const pushed = request.push !== false ? pushSeries(expr.stages, aggregate, intervals, request.exemplars) : undefined;
  if (pushed === undefined) await observeAll(run, expr, observer);
  else {
    const options = { ...optionsOf(run), fresh: request.fresh === true };
    run.inspectedSpans += await addPushed(run.store, options, pushed, aggregate, groups);
    if (pushed.rest !== undefined && (await hasRest(run.store, options, pushed))) {
      const asked = spanRequest(run, pushed.rest, true);
      const spans = matchingSpans(run.store, asked, optionsOf(run));
      await observeSpans(run, spans, compilePipeline(expr.stages, request.text), observer);
    }
  }
  return groups.series();
}

async function observeAll(run: Run, expr: Aggregated, observer: SpanObserver): Promise<void> {
  const match = compilePipeline(expr.stages, run.request.text);
  const needs = needsOf(expr.stages, expr.aggregate);
  const predicate = planPipeline(expr.stages);
  if (needs.wholeTraces) await observeTraces(run, predicate, match, observer);
  else {
    const spans = matchingSpans(run.store, spanRequest(run, predicate, needs.eventsOrLinks), optionsOf(run));
    await observeSpans(run, spans, match, observer);
  }
}

function optionsOf({ store, request }: Run): QueryOptions {
  return request.signal === undefined ? store.query : { ...store.query, signal: request.signal };
}

/** The times whose spans count: a step more on either side than asked, where the range is aligned to the step. */
function readRange({ request: { startNs, endNs, stepNs = 0n } }: Run): { startNs: bigint; endNs: bigint } {
  return { startNs: startNs - stepNs, endNs: endNs + stepNs + 1n };
}

function observe(view: TraceView, match: TraceMatch, observer: SpanObserver): void {
  const seen = new Set<number>();
  for (const { spans } of match(view))
    for (const span of spans) {
      if (seen.has(span)) continue;
      seen.add(span);
      observer.observe(view, span);
    }
}

async function observeTraces(
  run: Run,
  predicate: SpanPredicate,
  match: TraceMatch,
  observer: SpanObserver,
): Promise<void> {
  const { store, request } = run;
  const ids = await matchingTraceIds(store, { ...readRange(run), predicate, limit: MOST_TRACES + 1 }, optionsOf(run));
  if (ids.length > MOST_TRACES)
    throw new TraceqlEvaluationError(
      `the query looks into more than ${MOST_TRACES} traces: narrow its range or its first filter`,
    );
  const turn = turnOf(request.signal);
  for (let at = 0; at < ids.length; at += TRACES_AT_ONCE) {
    const byTrace = await spansOfTraces(store, ids.slice(at, at + TRACES_AT_ONCE), request.signal);
    for (const [traceId, spans] of byTrace) {
      if (turn.due()) await turn.pause();
      run.inspectedSpans += spans.length;
      observe({ tree: traceTree(spans), summary: summarize(traceId, spans) }, match, observer);
    }
  }
}

function spanRequest(run: Run, predicate: SpanPredicate, eventsAndLinks: boolean): Parameters<typeof matchingSpans>[1] {
  return { ...readRange(run), predicate, limit: MOST_SPANS + 1, eventsAndLinks };
}

async function observeSpans(
  run: Run,
  spans: AsyncIterable<StoredSpan>,
  match: TraceMatch,
  observer: SpanObserver,
): Promise<void> {
  let read = 0;
  const turn = turnOf(run.request.signal);
  for await (const span of spans) {
    if (turn.due()) await turn.pause();
    if (++read > MOST_SPANS)
      throw new TraceqlEvaluationError(
        `the query looks at more than ${MOST_SPANS} spans: narrow its range or its first filter`,
      );
    observe(aloneView(span), match, observer);
  }
  run.inspectedSpans += read;
}

/** A span as the only one of its trace: enough for what a span tells by itself. */
function aloneView(span: StoredSpan): TraceView {
  const spans = [span];
  return { tree: traceTree(spans), summary: summarize(span.traceId, spans) };
}
