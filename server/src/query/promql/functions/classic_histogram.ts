/** Counts that differ by less are equal: the difference is floating point noise. */
const SMALL_DELTA = 1e-12;

/** Buckets present at one step: bounds and cumulative counts, made monotonic. */
export interface Buckets {
  readonly bounds: number[];
  readonly counts: number[];
}

/** What had to be changed to make cumulative counts rise. */
export interface Forced {
  min: number;
  max: number;
  diff: number;
  count: number;
  firstMs: number;
  lastMs: number;
}

/** Removes decreases; true when more than noise had to go. `forced` gathers where and how much. */
function makeMonotonic({ bounds, counts }: Buckets, forced: Forced): boolean {
  let before = counts[0] as number;
  let found = false;
  for (let i = 1; i < counts.length; i++) {
    const current = counts[i] as number;
    if (current === before) continue;
    if (almostEqual(before, current)) counts[i] = before;
    else if (current < before) {
      counts[i] = before;
      found = true;
      forced.min = Math.min(forced.min, bounds[i] as number);
      forced.max = Math.max(forced.max, bounds[i] as number);
      forced.diff = Math.max(forced.diff, before - current);
    } else before = current;
  }
  return found;
}

const MIN_NORMAL = 2.2250738585072014e-308;

function almostEqual(a: number, b: number): boolean {
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const diff = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return diff < SMALL_DELTA * MIN_NORMAL;
  return diff / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA;
}

/** The q-quantile of cumulative buckets (upstream's BucketQuantile), linear within a bucket. */
function bucketQuantile(q: number, { bounds, counts }: Buckets): number {
  const last = counts.length - 1;
  if (bounds[last] !== Number.POSITIVE_INFINITY || counts.length < 2) return Number.NaN;
  const observations = counts[last] as number;
  if (observations === 0) return Number.NaN;
  let rank = q * observations;
  let b = 0;
  while (b < last && !((counts[b] as number) >= rank)) b++;
  if (b === last) return bounds[last - 1] as number;
  if (b === 0 && (bounds[0] as number) <= 0) return bounds[0] as number;
  let start = 0;
  let count = counts[b] as number;
  if (b > 0) {
    start = bounds[b - 1] as number;
    count -= counts[b - 1] as number;
    rank -= counts[b - 1] as number;
  }
  return start + ((bounds[b] as number) - start) * (rank / count);
}

/** The q-quantile of a classic histogram; `forced` gathers what had to be made monotonic. */
export function classicQuantile(q: number, buckets: Buckets, forced: Forced, timeMs: number): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  if (buckets.bounds.at(-1) !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (makeMonotonic(buckets, forced)) {
    forced.count++;
    forced.firstMs = Math.min(forced.firstMs, timeMs);
    forced.lastMs = Math.max(forced.lastMs, timeMs);
  }
  return bucketQuantile(q, buckets);
}

export const nothingForced = (): Forced => ({
  min: Infinity,
  max: -Infinity,
  diff: 0,
  count: 0,
  firstMs: Infinity,
  lastMs: -Infinity,
});

/** The share of observations between two values, by linear interpolation within buckets. */
export function classicFraction(lower: number, upper: number, buckets: Buckets): number {
  const { bounds, counts } = buckets;
  const last = bounds.length - 1;
  if (bounds[last] !== Number.POSITIVE_INFINITY) return Number.NaN;
  const total = counts[last] as number;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const rank = (value: number): number => {
    for (let i = 0; i <= last; i++) {
      const bound = bounds[i] as number;
      if (value > bound) continue;
      const before = i === 0 ? 0 : (counts[i - 1] as number);
      const start = i === 0 ? (bound > 0 ? 0 : Number.NEGATIVE_INFINITY) : (bounds[i - 1] as number);
      if (value <= start) return before;
      if (value === bound) return counts[i] as number;
      // Nothing is known of where observations lie in a bucket without end: they count as lying at its finite side.
      if (!Number.isFinite(start)) return counts[i] as number;
      if (!Number.isFinite(bound)) return before;
      return before + ((counts[i] as number) - before) * ((value - start) / (bound - start));
    }
    return total;
  };
  return (Math.min(total, rank(upper)) - Math.min(total, rank(lower))) / total;
}
