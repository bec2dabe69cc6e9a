/**
 * Quantiles of values: the least that is not below the given share of them, as a t-digest has them that has merged none.
 * @param weights how often each counts; once without
 */
export function nearestRank(
  values: readonly number[],
  quantiles: readonly number[],
  weights?: readonly number[],
): readonly number[] {
  if (weights === undefined || weights.every((weight) => weight === 1)) {
    const sorted = Float64Array.from(values).sort();
    return quantiles.map((q) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN);
  }
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return quantiles.map((q) => {
    let seen = 0;
    for (const i of order) {
      seen += weights[i] as number;
      if (seen >= q * total) return values[i] as number;
    }
    return Number.NaN;
  });
}
