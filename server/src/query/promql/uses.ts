import { PromqlParseError, parse, walk } from '@trilith/lang/promql';

/** Which metrics are asked for, so that the ones people use come first where there are thousands to choose from. */
export interface MetricUses {
  /** Notes a query that was asked; cheap, called for every query. */
  note(query: string): void;
  /** Metric name → number of different queries that name it. */
  byMetric(): ReadonlyMap<string, number>;
}

/** Different query texts remembered; the ones not asked for longest go first. */
const MOST_QUERIES = 2_000;
const LONGEST_QUERY = 4_096;

/** A dashboard that refreshes counts once a panel, however often it does: texts are counted, not requests. */
export function createMetricUses(): MetricUses {
  const metrics = new Map<string, readonly string[] | undefined>();
  return {
    note(query) {
      if (query.length > LONGEST_QUERY) return;
      const known = metrics.get(query);
      metrics.delete(query);
      metrics.set(query, known);
      if (metrics.size <= MOST_QUERIES) return;
      const oldest = metrics.keys().next();
      if (oldest.done !== true) metrics.delete(oldest.value);
    },
    byMetric() {
      const uses = new Map<string, number>();
      for (const [query, known] of metrics) {
        const names = known ?? metricsOf(query);
        metrics.set(query, names);
        for (const name of names) uses.set(name, (uses.get(name) ?? 0) + 1);
      }
      return uses;
    },
  };
}

function metricsOf(query: string): readonly string[] {
  const names = new Set<string>();
  try {
    walk(parse(query), (expr) => {
      if (expr.kind !== 'vector-selector') return;
      for (const { name, operator, value } of expr.matchers)
        if (name === '__name__' && operator === '=') names.add(value);
    });
  } catch (error) {
    // A query that does not parse names no metric; whoever asked it got the error.
    if (!(error instanceof PromqlParseError)) throw error;
  }
  return [...names];
}
