import { type Expr, type ParseOptions, parse, typeOf } from '@trilith/lang/promql';
import type { Labels } from '../../model/labels.ts';
import { Annotations } from './annotations.ts';
import { createBudget, type EvaluationContext, mergeEqualLabels, withoutName } from './context.ts';
import { evaluate } from './evaluate.ts';
import type { QueryObserver } from './explain.ts';
import { compareLabels } from './label_sets.ts';
import { asSamples } from './operators/subquery.ts';
import { plan } from './plan.ts';
import type { PlanNode, SubqueryNode, WindowNode } from './plan_nodes.ts';
import { PromqlError } from './promql_error.ts';
import { shareFetches } from './rewrite/share_fetches.ts';
import type { SampleSource, Selection, SeriesSet } from './source.ts';
import { type Grid, gridEndMs, type Value, type VectorValue } from './values.ts';

/** One series of a result; times in ms since the epoch, ascending. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface QueryResult {
  readonly type: 'scalar' | 'vector' | 'matrix' | 'string';
  /** A scalar is one series without labels and with one point. */
  readonly series: readonly ResultSeries[];
  /** The value of a string result. */
  readonly text: string;
  /** The evaluation time (of a range query: its end), ms. */
  readonly timeMs: number;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly samplesRead: number;
}

export interface QueryRequest {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Zero for an instant query at `startMs`. */
  readonly stepMs: number;
  readonly lookbackMs?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Watches the query for `explain`; such a query is evaluated in full, nothing kept from earlier ones is used. */
  readonly observer?: QueryObserver;
}

export interface MetricsEngineOptions {
  readonly source: SampleSource;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly lookbackMs?: number;
  readonly timeoutMs?: number;
  readonly maxSamples?: number;
  /** Step of subqueries without one, ms. */
  readonly defaultStepMs?: number;
  readonly parse?: ParseOptions;
  /** Upstream's feature flag `promql-delayed-name-removal`. */
  readonly delayedNameRemoval?: boolean;
  /** Upstream's feature flag `use-start-timestamps`: rate, irate, increase and resets see where counters began. */
  readonly startTimestamps?: boolean;
}

/** Evaluates PromQL over a source of samples. */
export interface MetricsEngine {
  /** Throws PromqlParseError or PromqlError. */
  query(request: QueryRequest): Promise<QueryResult>;
}

const DEFAULT_LOOKBACK_MS = 300_000;
const DEFAULT_TIMEOUT_MS = 120_000;
/** Samples one query may hold, unless configured otherwise. */
export const DEFAULT_MAX_SAMPLES = 50_000_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

export function createMetricsEngine(options: MetricsEngineOptions): MetricsEngine {
  return { query: (request) => run(options, request) };
}

async function run(options: MetricsEngineOptions, request: QueryRequest): Promise<QueryResult> {
  const { query, startMs, endMs, stepMs, signal } = request;
  const instant = stepMs === 0;
  const expr = parse(query, options.parse ?? {});
  if (!instant) checkRangeType(expr);
  const lookbackMs = request.lookbackMs ?? options.lookbackMs ?? DEFAULT_LOOKBACK_MS;
  const timeoutMs = Math.min(request.timeoutMs ?? Number.POSITIVE_INFINITY, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const maxSamples = options.maxSamples ?? DEFAULT_MAX_SAMPLES;
  const grid: Grid = instant
    ? { startMs, stepMs: 1, count: 1 }
    : { startMs, stepMs, count: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) };
  const defaultStepMs = options.defaultStepMs ?? DEFAULT_SUBQUERY_STEP_MS;
  const startTimestamps = options.startTimestamps === true;
  const { root, fetches } = shareFetches(plan(expr, { query, grid, lookbackMs, defaultStepMs, startTimestamps }));
  const annotations = new Annotations(query);
  const deadlineMs = options.now() + timeoutMs;
  const budget = createBudget({ maxSamples, deadlineMs, signal }, options.now);
  const fetched = await fetchAll(options, fetches, maxSamples, deadlineMs, signal);
  const samplesRead = fetched.reduce((sum, set) => sum + set.times.length, 0);
  const histograms = fetched.reduce((sum, set) => sum + (set.histogramSeries ?? 0), 0);
  if (histograms > 0)
    annotations.warn(`native histograms are not supported yet: ${histograms} selected series are left out`);
  request.observer?.fetched(root, fetched);
  budget.hold(samplesRead);
  await budget.pause();
  const context: EvaluationContext = {
    ...budget,
    evaluate,
    annotations,
    lookbackMs,
    delayedNameRemoval: options.delayedNameRemoval === true,
    startTimestamps,
    startMs,
    endMs: gridEndMs(grid),
    stepMs: instant ? 0 : stepMs,
    fetched,
    read: async (selection) => {
      const [set] = await fetchAll(options, [selection], maxSamples, deadlineMs, signal);
      if (set === undefined) throw new Error('a selection was not answered');
      budget.hold(set.times.length);
      return set;
    },
    observe: request.observer?.evaluated,
  };
  const shaped =
    instant && isRange(root) ? await rangeVector(context, root) : shape(await evaluate(context, root), grid, instant);
  return { ...shaped, timeMs: context.endMs, warnings: annotations.warnings, infos: annotations.infos, samplesRead };
}

/** Reads everything the plan needs, all at once, no longer than the query may take. */
async function fetchAll(
  options: MetricsEngineOptions,
  fetches: readonly Selection[],
  maxSamples: number,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly SeriesSet[]> {
  const expired = AbortSignal.timeout(Math.max(0, Math.ceil(deadlineMs - options.now())));
  const either = signal === undefined ? expired : AbortSignal.any([signal, expired]);
  try {
    return await Promise.all(fetches.map((fetch) => options.source.select(fetch, maxSamples, either)));
  } catch (error) {
    if (!expired.aborted || signal?.aborted === true) throw error;
    throw new PromqlError('timeout', 'query timed out in query execution', { cause: error });
  }
}

function checkRangeType(expr: Expr): void {
  const type = typeOf(expr);
  if (type === 'vector' || type === 'scalar') return;
  const documented = type === 'matrix' ? 'range vector' : type;
  throw new PromqlError(
    'bad_data',
    `invalid expression type "${documented}" for range query, must be Scalar or instant Vector`,
  );
}

type Shaped = Pick<QueryResult, 'type' | 'series' | 'text'>;

const isRange = (node: PlanNode): node is WindowNode | SubqueryNode =>
  node.kind === 'window' || node.kind === 'subquery';

/** The samples of a range selector or subquery as they are. */
async function rangeVector(context: EvaluationContext, node: WindowNode | SubqueryNode): Promise<Shaped> {
  const endMs = node.grid.startMs - node.offsetMs;
  let set: SeriesSet | undefined;
  if (node.kind === 'window') set = context.fetched[node.fetch];
  else {
    const value = await evaluate(context, node.input);
    set = value.kind === 'vector' ? asSamples(node, settled(value)) : undefined;
  }
  const series: ResultSeries[] = [];
  set?.labels.forEach((labels, i) => {
    let from = set.offsets[i] as number;
    let to = set.offsets[i + 1] as number;
    while (from < to && (set.times[from] as number) <= endMs - node.rangeMs) from++;
    while (to > from && (set.times[to - 1] as number) > endMs) to--;
    if (to > from) series.push({ labels, times: set.times.slice(from, to), values: set.values.slice(from, to) });
  });
  return { type: 'matrix', series: series.sort((a, b) => compareLabels(a.labels, b.labels)), text: '' };
}

/** Names marked to go are gone, and series that became equal are one. */
function settled({ series }: VectorValue): VectorValue {
  const named = series.map((one) =>
    one.dropName ? { ...one, labels: withoutName(one.labels), dropName: false } : one,
  );
  return { kind: 'vector', series: mergeEqualLabels(named) };
}

function shape(value: Value, grid: Grid, instant: boolean): Shaped {
  if (value.kind === 'string') return { type: 'string', series: [], text: value.value };
  const times = Float64Array.from({ length: grid.count }, (_, step) => grid.startMs + step * grid.stepMs);
  if (value.kind === 'scalar')
    return { type: instant ? 'scalar' : 'matrix', series: [{ labels: [], times, values: value.values }], text: '' };
  const series = settled(value).series.flatMap((one) => {
    const points = one.present.reduce((sum, present) => sum + present, 0);
    if (points === 0) return [];
    if (points === grid.count) return [{ labels: one.labels, times, values: one.values }];
    const kept = (_: number, step: number): boolean => one.present[step] === 1;
    return [{ labels: one.labels, times: times.filter(kept), values: one.values.filter(kept) }];
  });
  if (!instant) series.sort((a, b) => compareLabels(a.labels, b.labels));
  return { type: instant ? 'vector' : 'matrix', series, text: '' };
}
