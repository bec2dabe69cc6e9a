import type { FloatHistogram } from './histogram.ts';
import { usesCustomBuckets } from './histogram.ts';
import { boundedBuckets } from './histogram_buckets.ts';

/** A populated bucket as people and upstream's API write it. */
export interface ShownBucket {
  /** 0: (lower,upper], 1: [lower,upper), 2: both open, 3: [lower,upper] (upstream's boundary rule). */
  readonly rule: 0 | 1 | 2 | 3;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** The populated buckets from the lowest to the highest, with what they do with values at their bounds. */
export function shownBuckets(histogram: FloatHistogram): readonly ShownBucket[] {
  const { lower, upper, count } = boundedBuckets(histogram);
  const custom = usesCustomBuckets(histogram);
  return count.map((observations, i) => {
    const [from, to] = [lower[i] as number, upper[i] as number];
    const isZero = !custom && from <= 0 && to >= 0;
    const fromIncluded = custom ? from === Number.NEGATIVE_INFINITY : isZero || from < 0;
    const toIncluded = custom || isZero || to > 0;
    const rule = fromIncluded ? (toIncluded ? 3 : 1) : toIncluded ? 0 : 2;
    return { rule, lower: from, upper: to, count: observations };
  });
}

/** A number as Go's %g writes it: with an exponent below 1e-4 and from 1e6 on. */
function shortNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Text shows the zero bucket of a negated histogram too, which upstream's API leaves out. */
function withNegativeZero(
  { zeroCount, zeroThreshold }: FloatHistogram,
  buckets: readonly ShownBucket[],
): readonly ShownBucket[] {
  if (!(zeroCount < 0)) return buckets;
  const at = buckets.filter(({ lower }) => lower < 0).length;
  return buckets.toSpliced(at, 0, { rule: 3, lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount });
}

/** `{count:3, sum:4.5, (1,2]:3}`: a histogram as text (upstream's String). */
export function histogramText(histogram: FloatHistogram): string {
  const parts = [`count:${shortNumber(histogram.count)}`, `sum:${shortNumber(histogram.sum)}`];
  for (const { rule, lower, upper, count } of withNegativeZero(histogram, shownBuckets(histogram))) {
    const open = rule === 1 || rule === 3 ? '[' : '(';
    const close = rule === 0 || rule === 3 ? ']' : ')';
    parts.push(`${open}${shortNumber(lower)},${shortNumber(upper)}${close}:${shortNumber(count)}`);
  }
  return `{${parts.join(', ')}}`;
}
