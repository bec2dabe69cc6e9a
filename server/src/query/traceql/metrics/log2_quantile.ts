/** How many values fell under each power of two (times the unit), by upper bound. */
export type Log2Buckets = ReadonlyMap<number, number>;

/** The next power of two at or above a value, or undefined for values below 2, which upstream leaves out. */
export function log2Bucket(value: number): number | undefined {
  if (!(value >= 2)) return undefined;
  const exponent = Math.ceil(Math.log2(value));
  const bound = 2 ** exponent;
  return bound / 2 >= value ? bound / 2 : bound < value ? bound * 2 : bound;
}

/** The quantile of bucketed values, interpolated by powers of two (Tempo: Log2Quantile, pkg/traceql/engine_metrics.go). */
export function log2Quantile(quantile: number, buckets: Log2Buckets): number {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (all === 0 || !(quantile >= 0 && quantile <= 1)) return 0;
  const wanted = Math.max(1, Math.ceil(quantile * all));
  let seen = 0;
  for (const [i, [bound, count]] of sorted.entries()) {
    if (seen + count === wanted) return bound;
    if (seen + count < wanted) {
      seen += count;
      continue;
    }
    const upper = Math.log2(bound);
    const below = sorted[i - 1];
    const lower = below === undefined ? upper - 1 : Math.log2(below[0]);
    return 2 ** (lower + (upper - lower) * ((wanted - seen) / count));
  }
  return 0;
}
