/**
 * Quantiles of values: the least that is not below the given share of them, as a t-digest has them that has merged none.
 * @param weights how often each counts; once without
 */
export function nearestRank(
  values: ArrayLike<number>,
  quantiles: readonly number[],
  weights?: ArrayLike<number>,
): readonly number[] {
  if (weights === undefined || isOnes(weights)) {
    const sorted = new Float64Array(values).sort();
    return quantiles.map((q) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN);
  }
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] as number;
  return quantiles.map((q) => {
    let seen = 0;
    for (const i of order) {
      seen += weights[i] as number;
      if (seen >= q * total) return values[i] as number;
    }
    return Number.NaN;
  });
}

function isOnes(numbers: ArrayLike<number>): boolean {
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 1) return false;
  return true;
}
