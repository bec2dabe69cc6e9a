/** The buckets, count and sum of one histogram at one time: what they must hold together (OpenMetrics 1.0, Histogram). */
export class HistogramGroup {
  readonly key: string;
  readonly #fail: (message: string) => Error;
  #bound: number | undefined;
  #cumulative = 0;
  #count: number | undefined;
  #hasSum = false;
  #hasGaugeSum = false;
  #negativeGaugeSum = false;
  #negativeBuckets = false;
  #any = false;

  constructor(key: string, fail: (message: string) => Error) {
    this.key = key;
    this.#fail = fail;
  }

  /** @param bound upper bound of the bucket, for buckets only */
  add(suffix: string, bound: number, value: number): void {
    if (suffix === '_created') return;
    this.#any = true;
    if (suffix === '_bucket') {
      if (this.#bound !== undefined && bound <= this.#bound) throw this.#fail('buckets are out of order');
      if (value < this.#cumulative) throw this.#fail('bucket values are out of order');
      if (bound < 0) this.#negativeBuckets = true;
      this.#bound = bound;
      this.#cumulative = value;
    } else if (suffix === '_sum') this.#hasSum = true;
    else if (suffix === '_gsum') {
      this.#hasGaugeSum = true;
      this.#negativeGaugeSum = value < 0;
    } else this.#count = value;
  }

  finish(): void {
    if (!this.#any) return;
    if (this.#bound !== Infinity) throw this.#fail('the bucket +Inf is missing');
    if (this.#count !== undefined && this.#count !== this.#cumulative)
      throw this.#fail('the count does not match the bucket +Inf');
    const sum = this.#hasSum || this.#hasGaugeSum;
    if (sum && this.#count === undefined) throw this.#fail('there is a sum without a count');
    if (!sum && this.#count !== undefined) throw this.#fail('there is a count without a sum');
    if (this.#negativeBuckets && this.#hasSum) throw this.#fail('there cannot be a sum with negative buckets');
    if (!this.#negativeBuckets && this.#negativeGaugeSum)
      throw this.#fail('the sum cannot be negative without negative buckets');
  }
}
