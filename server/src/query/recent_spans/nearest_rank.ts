/** Swaps that are worth a try before values are sorted after all: whoever sends them may have chosen them. */
const MOST_PASSES = 64;

/**
 * Quantiles of values: the least that is not below the given share of them, as a t-digest has them that has merged none.
 * @param quantiles in ascending order
 * @param weights how often each counts; once without
 */
export function nearestRank(
  values: ArrayLike<number>,
  quantiles: readonly number[],
  weights?: ArrayLike<number>,
): readonly number[] {
  if (weights === undefined || isOnes(weights)) return ranksOf(new Float64Array(values), quantiles);
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

/** The same of values that each count once, which are moved about. @param quantiles in ascending order */
export function ranksOf(values: Float64Array, quantiles: readonly number[]): readonly number[] {
  let from = 0;
  return quantiles.map((q) => {
    const rank = Math.max(0, Math.ceil(q * values.length) - 1);
    select(values, from, rank);
    from = rank;
    return values[rank] ?? Number.NaN;
  });
}

function isOnes(numbers: ArrayLike<number>): boolean {
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 1) return false;
  return true;
}

/** Moves values behind `from` so that at `rank` is what would be there were they sorted, nothing larger before it (quickselect). */
function select(values: Float64Array, from: number, rank: number): void {
  let [low, high] = [from, values.length - 1];
  for (let pass = 0; low < high; pass++) {
    if (pass === MOST_PASSES) {
      values.subarray(low, high + 1).sort();
      return;
    }
    const pivot = medianOf(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number);
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      const value = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = value;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else return;
  }
}

function medianOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
