import type { MetricMetadata } from '../data/prometheus.ts';

export interface MetricEntry {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

const family = /_(?:bucket|sum|count|total|created|info)$/;

/** Names with what is known of them; `_bucket`, `_sum` and `_count` take their family's type and help. */
export function joinMetadata(names: readonly string[], metadata: MetricMetadata): readonly MetricEntry[] {
  const known = new Map(Object.entries(metadata));
  return names.map((name) => {
    const own = (known.get(name) ?? known.get(name.replace(family, '')))?.[0];
    return { name, type: own?.type ?? 'unknown', help: own?.help ?? '' };
  });
}

/** Entries holding every fragment in name or help, better places first. */
export function searchMetrics(entries: readonly MetricEntry[], text: string): readonly MetricEntry[] {
  const fragments = text
    .toLowerCase()
    .split(/\s+/)
    .filter((fragment) => fragment !== '');
  const first = fragments[0];
  if (first === undefined) return entries;
  const rank = (entry: MetricEntry): number => {
    const name = entry.name.toLowerCase();
    if (name.startsWith(first)) return 0;
    return name.includes(first) ? 1 : 2;
  };
  return entries
    .filter((entry) => fragments.every((fragment) => `${entry.name} ${entry.help}`.toLowerCase().includes(fragment)))
    .map((entry) => ({ entry, rank: rank(entry) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

/** The query a click on a metric runs: a rate for counters, p95 for bucket series, else the metric itself. */
export function defaultExpression(name: string, type: string): string {
  if (name.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${name}[5m])))`;
  if (type === 'counter' || /_(?:total|count|sum)$/.test(name)) return `sum(rate(${name}[5m]))`;
  return name;
}
