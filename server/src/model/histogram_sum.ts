import { type Buckets, type FloatHistogram, NO_BUCKETS, usesCustomBuckets } from './histogram.ts';
import { aligned, combinedHint, union } from './histogram_add.ts';
import { divide, sameBounds } from './histogram_buckets.ts';

/** Counts with the rounding errors of their sums beside them (Neumaier): the total is the sum of both. */
interface Compensated {
  indexes: Int32Array;
  counts: Float64Array;
  low: Float64Array;
}

/** Adds to one count, as upstream's kahansum.Inc. */
function increase(counts: Float64Array, low: Float64Array, i: number, value: number): void {
  const sum = counts[i] as number;
  const total = sum + value;
  if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) low[i] = 0;
  else if (Math.abs(sum) >= Math.abs(value)) low[i] = (low[i] as number) + (sum - total + value);
  else low[i] = (low[i] as number) + (value - total + sum);
  counts[i] = total;
}

const compensated = ({ indexes, counts }: Buckets): Compensated => ({
  indexes,
  counts: counts.length === 0 ? counts : counts.slice(),
  low: counts.length === 0 ? counts : new Float64Array(counts.length),
});

function totals({ indexes, counts, low }: Compensated): Buckets {
  if (counts.length === 0) return NO_BUCKETS;
  const sums = new Float64Array(counts.length);
  for (let i = 0; i < counts.length; i++) sums[i] = (counts[i] as number) + (low[i] as number);
  return { indexes, counts: sums };
}

const ZERO = 0;
const COUNT = 1;
const SUM = 2;

/** A sum of histograms with little rounding error (upstream's KahanAdd). */
export class HistogramSum {
  /** Schema, zero threshold, bounds and hint of the sum; its counts are not used. */
  #shape: FloatHistogram;
  #scalars: Float64Array;
  #scalarsLow: Float64Array;
  #positive: Compensated;
  #negative: Compensated;
  /** Whether custom bounds had to be reconciled. */
  reconciled = false;

  constructor(first: FloatHistogram) {
    this.#shape = first;
    this.#scalars = Float64Array.of(first.zeroCount, first.count, first.sum);
    this.#scalarsLow = new Float64Array(3);
    this.#positive = compensated(first.positive);
    this.#negative = compensated(first.negative);
  }

  /** @returns false when the histogram cannot be added: one has custom buckets, the other exponential ones */
  add(other: FloatHistogram): boolean {
    if (usesCustomBuckets(other) !== usesCustomBuckets(this.#shape)) return false;
    const { hint } = combinedHint(this.#shape.hint, other.hint);
    let right = other;
    if (!this.#fits(other)) {
      const both = aligned(this.total(), other);
      this.#restart(both.left);
      right = both.right;
      this.reconciled ||= both.reconciled;
    }
    if (hint !== this.#shape.hint) this.#shape = { ...this.#shape, hint };
    increase(this.#scalars, this.#scalarsLow, ZERO, right.zeroCount);
    increase(this.#scalars, this.#scalarsLow, COUNT, right.count);
    increase(this.#scalars, this.#scalarsLow, SUM, right.sum);
    addBuckets(this.#positive, right.positive);
    addBuckets(this.#negative, right.negative);
    return true;
  }

  /** Whether a histogram has the same schema, zero bucket and bounds, so that buckets can be added as they are. */
  #fits({ schema, zeroThreshold, customValues }: FloatHistogram): boolean {
    const shape = this.#shape;
    return (
      shape.schema === schema && shape.zeroThreshold === zeroThreshold && sameBounds(shape.customValues, customValues)
    );
  }

  #restart(from: FloatHistogram): void {
    this.#shape = from;
    this.#scalars = Float64Array.of(from.zeroCount, from.count, from.sum);
    this.#scalarsLow = new Float64Array(3);
    this.#positive = compensated(from.positive);
    this.#negative = compensated(from.negative);
  }

  total(): FloatHistogram {
    const scalar = (i: number): number => (this.#scalars[i] as number) + (this.#scalarsLow[i] as number);
    return {
      ...this.#shape,
      zeroCount: scalar(ZERO),
      count: scalar(COUNT),
      sum: scalar(SUM),
      positive: totals(this.#positive),
      negative: totals(this.#negative),
    };
  }

  multiply(factor: number): void {
    const { counts, low } = this.#positive;
    for (const numbers of [this.#scalars, this.#scalarsLow, counts, low, this.#negative.counts, this.#negative.low])
      for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] as number) * factor;
  }

  /** Whether some number of the sum is infinite. */
  get overflown(): boolean {
    return [this.#scalars, this.#positive.counts, this.#negative.counts, this.#shape.customValues].some(
      (values) => values.includes(Number.POSITIVE_INFINITY) || values.includes(Number.NEGATIVE_INFINITY),
    );
  }

  copy(): HistogramSum {
    const sum = new HistogramSum(this.#shape);
    const side = ({ indexes, counts, low }: Compensated): Compensated => ({
      indexes,
      counts: counts.slice(),
      low: low.slice(),
    });
    sum.#scalars = this.#scalars.slice();
    sum.#scalarsLow = this.#scalarsLow.slice();
    sum.#positive = side(this.#positive);
    sum.#negative = side(this.#negative);
    sum.reconciled = this.reconciled;
    return sum;
  }
}

function addBuckets(to: Compensated, { indexes, counts }: Buckets): void {
  if (indexes.length === 0) return;
  if (to.indexes === indexes || sameBounds(to.indexes, indexes)) {
    for (let i = 0; i < counts.length; i++) increase(to.counts, to.low, i, counts[i] as number);
    return;
  }
  const all = union(to.indexes, indexes);
  if (all.length > to.indexes.length) {
    const wider = { counts: new Float64Array(all.length), low: new Float64Array(all.length) };
    for (let i = 0, at = 0; i < to.indexes.length; i++) {
      while (all[at] !== to.indexes[i]) at++;
      wider.counts[at] = to.counts[i] as number;
      wider.low[at] = to.low[i] as number;
    }
    to.indexes = all;
    to.counts = wider.counts;
    to.low = wider.low;
  }
  for (let i = 0, at = 0; i < indexes.length; i++) {
    while (to.indexes[at] !== indexes[i]) at++;
    increase(to.counts, to.low, at, counts[i] as number);
  }
}

/** A mean of histograms: their sum by their number as long as the sum is finite, a running mean from there on. */
export class HistogramMean {
  #sum: HistogramSum;
  #running: HistogramSum | undefined;
  #count = 1;
  /** No number of the sum is farther from zero than this. */
  #bound: number;
  reconciled = false;

  constructor(first: FloatHistogram) {
    this.#sum = new HistogramSum(first);
    this.#bound = largest(first);
  }

  /** @returns false when the histogram cannot be added, see {@link HistogramSum.add} */
  add(other: FloatHistogram): boolean {
    this.#count++;
    this.#bound += largest(other);
    if (this.#bound < Number.MAX_VALUE / 4) {
      if (!this.#sum.add(other)) return false;
      this.reconciled ||= this.#sum.reconciled;
      return true;
    }
    if (this.#running === undefined) {
      const next = this.#sum.copy();
      if (!next.add(other)) return false;
      this.reconciled ||= next.reconciled;
      if (!next.overflown) {
        this.#sum = next;
        return true;
      }
      this.#running = this.#sum;
      this.#running.multiply(1 / (this.#count - 1));
    }
    this.#running.multiply((this.#count - 1) / this.#count);
    if (!this.#running.add(divide(other, this.#count))) return false;
    this.reconciled ||= this.#running.reconciled;
    return true;
  }

  mean(): FloatHistogram {
    return this.#running?.total() ?? divide(this.#sum.total(), this.#count);
  }
}

/** More than the distance from zero of every number a histogram and its coarser forms have. */
function largest({ zeroCount, count, sum, positive, negative }: FloatHistogram): number {
  let total = Math.abs(zeroCount) + Math.abs(count) + Math.abs(sum);
  for (const value of positive.counts) total += Math.abs(value);
  for (const value of negative.counts) total += Math.abs(value);
  return total;
}
