import { checkedHistogram, type NativeHistogram, NO_BUCKETS } from '../../store/index.ts';

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/**
 * A classic histogram on its way to a native one with custom buckets (util/convertnhcb). Buckets may come in any order;
 * counts are cumulative.
 */
export class ClassicHistogram {
  readonly #buckets = new Map<number, number>();
  #count: number | undefined;
  #sum = 0;
  #broken = false;

  addBucket(bound: number, cumulative: number): void {
    if (Number.isNaN(bound) || !(cumulative >= 0)) this.#broken = true;
    else if (!this.#buckets.has(bound)) this.#buckets.set(bound, cumulative);
  }

  setCount(count: number): void {
    if (!(count >= 0)) this.#broken = true;
    this.#count = count;
  }

  setSum(sum: number): void {
    this.#sum = sum;
  }

  /** The native histogram; undefined when the parts do not agree with one another. */
  convert(gauge = false): NativeHistogram | undefined {
    if (this.#broken) return undefined;
    const buckets = [...this.#buckets].sort(([a], [b]) => a - b);
    const count = this.#count ?? buckets.at(-1)?.[1] ?? 0;
    if (buckets.at(-1)?.[0] !== Infinity) buckets.push([Infinity, count]);
    if (buckets.at(-1)?.[1] !== count) return undefined;
    const counts: number[] = [];
    let before = 0;
    for (const [, cumulative] of buckets) {
      if (cumulative < before) return undefined;
      counts.push(cumulative - before);
      before = cumulative;
    }
    double[0] = this.#sum;
    const made: NativeHistogram = {
      schema: -53,
      resetHint: gauge ? 3 : 0,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sumLow: words[0] as number,
      sumHigh: words[1] as number,
      positive: compact(counts),
      negative: NO_BUCKETS,
      customValues: buckets.slice(0, -1).map(([bound]) => bound),
    };
    const isFloat = !Number.isInteger(count) || counts.some((own) => !Number.isInteger(own));
    const checked = checkedHistogram(made, isFloat);
    return typeof checked === 'string' ? undefined : checked;
  }
}

/** Spans over the buckets that are not empty; gaps of up to two empty buckets stay in a span (Compact(2)). */
function compact(counts: readonly number[]): NativeHistogram['positive'] {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const kept: number[] = [];
  let end = 0;
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    if (lengths.length > 0 && i - end <= 2) {
      for (let gap = end; gap < i; gap++) kept.push(0);
      lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + (i - end) + 1;
    } else {
      offsets.push(i - end);
      lengths.push(1);
    }
    kept.push(count);
    end = i + 1;
  }
  return { offsets, lengths, counts: kept };
}
