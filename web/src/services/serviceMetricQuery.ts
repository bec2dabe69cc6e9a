/** The usual question of one metric of one service: rate of a counter, p95 of buckets, else the value. */
export function serviceMetricQuery(metric: string, label: string, service: string): string {
  const selected = `${metric}{${label}=${JSON.stringify(service)}}`;
  if (metric.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${selected}[5m])))`;
  if (/_(?:total|count|sum)$/.test(metric)) return `sum(rate(${selected}[5m]))`;
  return selected;
}
