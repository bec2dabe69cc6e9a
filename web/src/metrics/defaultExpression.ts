/** The query a click on a metric runs: a rate for counters, p95 for histograms, else the metric itself. */
export function defaultExpression(name: string, type: string): string {
  if (name.endsWith('_bucket')) return `histogram_quantile(0.95, sum by (le) (rate(${name}[5m])))`;
  if (type === 'counter' || /_(?:total|count|sum)$/.test(name)) return `sum(rate(${selector(name)}[5m]))`;
  // A histogram without the suffix of its parts is a native one.
  if (type === 'histogram') return `histogram_quantile(0.95, sum(rate(${selector(name)}[5m])))`;
  return selector(name);
}

/** A metric by its name; names beyond the classic characters are quoted, as PromQL has it. */
export function selector(name: string): string {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
}
