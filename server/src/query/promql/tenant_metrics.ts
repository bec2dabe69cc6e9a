import { type Expr, parse, walk } from '@trilith/lang/promql';
import type { Labels, Matcher } from '../../model/labels.ts';
import {
  type ExemplarRow,
  type MetadataRow,
  readExemplars,
  readMetadata,
  readSeries,
  type StoreReader,
} from '../../store/index.ts';
import type { MetricFeatures } from '../features.ts';
import { metricOfId, type Watch } from '../head/changes.ts';
import type { TenantHead } from '../head/tenant_head.ts';
import { createIndexFeed } from '../index_feed.ts';
import { SeriesIndex, type TimeRange } from '../series_index.ts';
import { createMetricsEngine, DEFAULT_MAX_SAMPLES, type QueryRequest, type QueryResult } from './engine.ts';
import { headSource } from './head_source.ts';
import { createParser } from './remembered_parse.ts';
import { createResultCache } from './result_cache.ts';
import { createSharing } from './share_queries.ts';
import type { SeriesSet } from './source.ts';
import { withStarts } from './start_source.ts';
import { storeSource, translated } from './store_source.ts';
import { createMetricUses } from './uses.ts';

export interface TenantMetricsOptions {
  readonly reader: StoreReader;
  /** The tenant's database. */
  readonly database: string;
  readonly bounds?: { readonly maxSeconds?: number; readonly maxSamples?: number; readonly maxSeries?: number };
  readonly features?: MetricFeatures;
  /** Monotonic clock, ms; for tests. */
  readonly now?: () => number;
  /** Recent samples in memory, where this process sees everything that is acknowledged. */
  readonly head?: TenantHead;
}

/** Exemplars of one series. */
export interface SeriesExemplars {
  readonly labels: Labels;
  readonly exemplars: readonly ExemplarRow[];
}

/**
 * Everything that can be asked of a tenant's metrics. Lists of selectors are alternatives; an empty list selects all.
 * All methods throw PromqlError, PromqlParseError or StoreError.
 */
export interface TenantMetrics {
  query(request: QueryRequest): Promise<QueryResult>;
  series(selectors: readonly (readonly Matcher[])[], range: TimeRange): Promise<readonly Labels[]>;
  /** Names and how many series have each, sorted by name. */
  labelNames(selectors: readonly (readonly Matcher[])[], range: TimeRange): Promise<ReadonlyMap<string, number>>;
  labelValues(
    name: string,
    selectors: readonly (readonly Matcher[])[],
    range: TimeRange,
  ): Promise<ReadonlyMap<string, number>>;
  metadata(metric: string | undefined, limit: number): Promise<readonly MetadataRow[]>;
  exemplars(query: string, range: TimeRange): Promise<readonly SeriesExemplars[]>;
  /** Samples as they are, of the series that satisfy every matcher. Throws PromqlError when there are too many. */
  samples(matchers: readonly Matcher[], range: TimeRange, signal?: AbortSignal): Promise<SeriesSet>;
  /** Asks the index of series itself, as fresh as for any other question. */
  withIndex<T>(ask: (index: SeriesIndex) => T | Promise<T>): Promise<T>;
  /** Metric name → number of different queries that named it lately. */
  uses(): ReadonlyMap<string, number>;
}

const DEFAULT_SECONDS = 120;
/** The index is read whatever one query may use. */
const INDEX_BOUNDS = { maxRowsToRead: 500_000_000, maxMemoryBytes: 512 * 1024 * 1024 };
const DEFAULT_SERIES = 1_000_000;

/** Cheap to make: nothing is read before the first question. */
export function createTenantMetrics({
  reader,
  database,
  bounds,
  features,
  now,
  head,
}: TenantMetricsOptions): TenantMetrics {
  const clock = now ?? (() => performance.now());
  const maxSeconds = bounds?.maxSeconds ?? DEFAULT_SECONDS;
  const maxSeries = bounds?.maxSeries ?? DEFAULT_SERIES;
  const index = new SeriesIndex();
  const feed = createIndexFeed({
    index,
    load: (sinceMs) => readSeries(reader, 'series', sinceMs, { database, maxSeconds, ...INDEX_BOUNDS }),
    now: clock,
    ...(head === undefined ? {} : { attachment: () => head.attachment }),
  });
  if (head !== undefined) head.index = index;
  const parsed = createParser(features?.parse ?? {});
  const store = storeSource({ reader, database, index, feed, maxSeconds, maxSeries });
  const source = head === undefined ? store : headSource({ head, store, index, feed, maxSeries });
  const engine = createMetricsEngine({
    source: withStarts(source, { reader, index, options: { database, maxSeconds } }),
    now: clock,
    parser: parsed,
    timeoutMs: maxSeconds * 1000,
    ...(bounds?.maxSamples === undefined ? {} : { maxSamples: bounds.maxSamples }),
    ...features,
  });
  const metrics = createMetricsOf(index);
  const watch = (expr: Expr): Watch | undefined =>
    head === undefined || head.attachment === 0 ? undefined : head.changes.watch(metrics.of(expr));
  const cache = createResultCache({
    evaluate: (request) => engine.query(request),
    // Where start timestamps count, samples are not all that answers depend on.
    watch: (expr) => (features?.startTimestamps === true ? undefined : watch(expr)),
  });
  if (head !== undefined) head.onReset = () => cache.clear();
  const ask = createSharing((request) =>
    request.stepMs === 0 ? engine.query(request) : cache.query(request, parsed(request.query)),
  );
  const uses = createMetricUses();
  const refreshed = async <T>(answer: () => T | Promise<T>): Promise<T> => {
    try {
      await feed.refresh();
      return await answer();
    } catch (error) {
      throw translated(error);
    }
  };
  return {
    query: async (request) => {
      uses.note(request.query);
      if (head === undefined || request.fresh === true || request.observer !== undefined) return engine.query(request);
      return ask(request, () => watch(parsed(request.query)));
    },
    series: (selectors, range) =>
      refreshed(() => {
        const references = new Set<number>();
        for (const matchers of selectors)
          for (const reference of index.select(matchers, range)) references.add(reference);
        return [...references].map((reference) => index.labels(reference));
      }),
    labelNames: (selectors, range) =>
      refreshed(() => combined(selectors, (matchers) => index.labelNames(matchers, range))),
    labelValues: (name, selectors, range) =>
      refreshed(() => combined(selectors, (matchers) => index.labelValues(name, matchers, range))),
    metadata: (metric, limit) => refreshed(() => readMetadata(reader, metric, limit, { database, maxSeconds })),
    withIndex: (ask) => refreshed(() => ask(index)),
    uses: () => uses.byMetric(),
    samples: (matchers, range, signal) =>
      source.select({ matchers, ...range }, bounds?.maxSamples ?? DEFAULT_MAX_SAMPLES, signal),
    exemplars: (query, range) => refreshed(() => exemplarsOf(reader, { database, maxSeconds }, index, query, range)),
  };
}

/** Counts of several selections together; a series that satisfies two of them is counted twice. */
function combined(
  selectors: readonly (readonly Matcher[])[],
  count: (matchers: readonly Matcher[]) => ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  if (selectors.length <= 1) return count(selectors[0] ?? []);
  const counts = new Map<string, number>();
  for (const matchers of selectors) for (const [key, n] of count(matchers)) counts.set(key, (counts.get(key) ?? 0) + n);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** {@link metricsOf}, remembered until there are more series. */
function createMetricsOf(index: SeriesIndex): { of(expr: Expr): readonly number[] | undefined } {
  const known = new WeakMap<Expr, { readonly size: number; readonly metrics: readonly number[] | undefined }>();
  return {
    of(expr) {
      const { size } = index;
      const found = known.get(expr);
      if (found?.size === size) return found.metrics;
      const metrics = metricsOf(index, expr);
      known.set(expr, { size, metrics });
      return metrics;
    },
  };
}

/** The metrics an expression selects, as {@link metricOfId} tells them; undefined when any may be among them. */
function metricsOf(index: SeriesIndex, expr: Expr): readonly number[] | undefined {
  const metrics = new Set<number>();
  let any = false;
  walk(expr, (node) => {
    if (node.kind !== 'vector-selector') return;
    const name = node.matchers.find((matcher) => matcher.name === '__name__' && matcher.operator === '=');
    const some = name === undefined || name.value === '' ? -1 : index.someWith('__name__', name.value);
    if (some < 0) any = true;
    else metrics.add(metricOfId(index.idHigh[some] as number));
  });
  return any ? undefined : [...metrics];
}

async function exemplarsOf(
  reader: StoreReader,
  options: { readonly database: string; readonly maxSeconds: number },
  index: SeriesIndex,
  query: string,
  range: TimeRange,
): Promise<readonly SeriesExemplars[]> {
  const references = new Set<number>();
  walk(parse(query), (expr) => {
    if (expr.kind === 'vector-selector')
      for (const reference of index.select(expr.matchers, range)) references.add(reference);
  });
  const ids = BigUint64Array.from([...references], (reference) => index.id(reference)).sort();
  const bySeries = new Map<number, ExemplarRow[]>();
  for (const row of await readExemplars(reader, { ids, ...range }, options)) {
    const reference = index.find(row.idHigh, row.idLow);
    const rows = bySeries.get(reference);
    if (rows === undefined) bySeries.set(reference, [row]);
    else rows.push(row);
  }
  return [...bySeries].map(([reference, exemplars]) => ({ labels: index.labels(reference), exemplars }));
}
