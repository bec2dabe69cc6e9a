import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Buckets,
  bucketsOfSpans,
  CUSTOM_SCHEMA,
  type FloatHistogram,
  NO_BOUNDS,
  NO_BUCKETS,
} from './histogram.ts';
import { addHistograms, subtractHistograms } from './histogram_add.ts';
import { boundedBuckets, compact, equalHistograms, exponentialBound, scale, toSchema } from './histogram_buckets.ts';
import { histogramFraction, histogramQuantile, histogramVariance } from './histogram_quantile.ts';
import { isReset } from './histogram_reset.ts';
import { HistogramMean, HistogramSum } from './histogram_sum.ts';
import { histogramText, shownBuckets } from './histogram_text.ts';
import { trim } from './histogram_trim.ts';

const EMPTY: FloatHistogram = {
  schema: 0,
  hint: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  customValues: NO_BOUNDS,
};

const buckets = (counts: readonly number[], from = 0): Buckets => ({
  indexes: Int32Array.from(counts, (_, i) => from + i),
  counts: Float64Array.from(counts),
});
const total = ({ zeroCount, positive, negative }: FloatHistogram): number =>
  [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, zeroCount);

const side = fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { maxLength: 12 }).chain((indexes) =>
  fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: indexes.length, maxLength: indexes.length }).map(
    (counts): Buckets => ({
      indexes: Int32Array.from(indexes).sort(),
      counts: Float64Array.from(counts),
    }),
  ),
);

/** Exponential histograms of whole counts, with and without zero buckets that overlap others. */
const exponential = fc
  .record({
    schema: fc.integer({ min: -4, max: 8 }),
    zeroThreshold: fc.constantFrom(0, 0.001, 0.5, 1, 3),
    zeroCount: fc.integer({ min: 0, max: 100 }),
    sum: fc.integer({ min: -1000, max: 1000 }),
    positive: side,
    negative: side,
  })
  .map((parts): FloatHistogram => {
    // A bucket does not reach into the zero bucket.
    const outside = ({ indexes, counts }: Buckets): Buckets => {
      const first = indexes.findIndex((index) => exponentialBound(index - 1, parts.schema) >= parts.zeroThreshold);
      return first === -1 ? NO_BUCKETS : { indexes: indexes.slice(first), counts: counts.slice(first) };
    };
    const histogram = { ...EMPTY, ...parts, positive: outside(parts.positive), negative: outside(parts.negative) };
    return { ...histogram, count: total(histogram) };
  });

const custom = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 }).chain((bounds) =>
  fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }).map(
    (counts): FloatHistogram => ({
      ...EMPTY,
      schema: CUSTOM_SCHEMA,
      count: counts.reduce((sum, count) => sum + count, 0),
      positive: buckets(counts),
      customValues: Float64Array.from(bounds).sort(),
    }),
  ),
);

const pairs = fc.oneof(fc.tuple(exponential, exponential), fc.tuple(custom, custom));

describe('sums', () => {
  test('keep every observation, whatever schemas, zero buckets and bounds the two have', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const sum = addHistograms(a, b)?.histogram ?? EMPTY;
        assert.equal(sum.count, a.count + b.count);
        assert.equal(total(sum), total(a) + total(b));
        assert.equal(sum.sum, a.sum + b.sum);
        assert.deepEqual(
          [...sum.positive.indexes],
          [...new Set(sum.positive.indexes)].sort((x, y) => x - y),
        );
      }),
    );
  });

  test('give back the first when the second is taken away again, at the lower resolution', () => {
    fc.assert(
      fc.property(exponential, exponential, (a, other) => {
        const b = { ...other, zeroThreshold: a.zeroThreshold };
        const sum = addHistograms(a, b)?.histogram ?? EMPTY;
        const back = compact(subtractHistograms(sum, b)?.histogram ?? EMPTY);
        const coarse = compact(toSchema(a, Math.min(a.schema, b.schema)));
        assert.deepEqual([back.count, back.zeroCount, back.sum], [coarse.count, coarse.zeroCount, coarse.sum]);
        assert.equal(total(back), total(coarse));
      }),
    );
  });

  test('are the same summed at once or one by one', () => {
    fc.assert(
      fc.property(fc.array(exponential, { minLength: 2, maxLength: 5 }), (all) => {
        const [first = EMPTY, ...rest] = all;
        const sum = new HistogramSum(first);
        const mean = new HistogramMean(first);
        let plain = first;
        for (const one of rest) {
          assert.ok(sum.add(one) && mean.add(one));
          plain = addHistograms(plain, one)?.histogram ?? EMPTY;
        }
        assert.ok(equalHistograms(compact(sum.total()), compact(plain)), histogramText(sum.total()));
        assert.ok(Math.abs(mean.mean().count - plain.count / all.length) < 1e-9);
      }),
    );
  });

  test('of custom and exponential buckets do not exist', () => {
    const nhcb = { ...EMPTY, schema: CUSTOM_SCHEMA };
    assert.equal(addHistograms(EMPTY, nhcb), undefined);
    assert.equal(new HistogramSum(EMPTY).add(nhcb), false);
    assert.equal(new HistogramMean(nhcb).add(EMPTY), false);
  });

  test('say when bounds were reconciled and when hints contradict each other', () => {
    const nhcb = (bounds: number[]): FloatHistogram => ({
      ...EMPTY,
      schema: CUSTOM_SCHEMA,
      count: 3,
      positive: buckets([1, 1, 1]),
      customValues: Float64Array.from(bounds),
    });
    const mixed = addHistograms(nhcb([1, 5]), nhcb([5, 10]));
    assert.deepEqual([mixed?.reconciled, [...(mixed?.histogram.customValues ?? [])]], [true, [5]]);
    assert.deepEqual([...(mixed?.histogram.positive.counts ?? [])], [3, 3]);
    assert.equal(addHistograms({ ...EMPTY, hint: 1 }, { ...EMPTY, hint: 2 })?.collision, true);
    assert.equal(addHistograms({ ...EMPTY, hint: 3 }, { ...EMPTY, hint: 2 })?.histogram.hint, 3);
  });

  test('a mean stays finite where the sum does not', () => {
    const big = { ...EMPTY, count: 1, sum: Number.MAX_VALUE, positive: buckets([1]) };
    const mean = new HistogramMean(big);
    for (let i = 0; i < 3; i++) mean.add(big);
    assert.ok(Math.abs(mean.mean().sum / Number.MAX_VALUE - 1) < 1e-12);
    assert.equal(mean.mean().count, 1);
  });
});

describe('resolution', () => {
  test('reducing it keeps the observations and every bound that is left', () => {
    fc.assert(
      fc.property(exponential, fc.integer({ min: 0, max: 4 }), (histogram, by) => {
        const schema = Math.max(-4, histogram.schema - by);
        const coarse = toSchema(histogram, schema);
        assert.equal(total(coarse), total(histogram));
        const { upper } = boundedBuckets(coarse);
        assert.deepEqual(
          upper,
          [...upper].sort((a, b) => a - b),
        );
      }),
    );
  });

  test('bounds double every 2^schema buckets and end at the largest double', () => {
    for (let schema = -4; schema <= 8; schema++) {
      assert.equal(exponentialBound(0, schema), 1);
      const perDoubling = 2 ** schema;
      const last = 1024 * perDoubling;
      assert.equal(exponentialBound(last, schema), Number.MAX_VALUE);
      assert.equal(exponentialBound(last + 1, schema), Number.POSITIVE_INFINITY);
      if (schema >= 0) assert.equal(exponentialBound(perDoubling * 3, schema), 8);
    }
  });

  test('spans become indexes', () => {
    const { indexes, counts } = bucketsOfSpans([-2, 3], [2, 1], [1, 2, 3]);
    assert.deepEqual([...indexes], [-2, -1, 3]);
    assert.deepEqual([...counts], [1, 2, 3]);
  });
});

describe('resets', () => {
  test('a histogram that only grew was not reset; one that lost an observation was', () => {
    fc.assert(
      fc.property(exponential, exponential, (before, increase) => {
        const grown = addHistograms(before, {
          ...increase,
          schema: before.schema,
          zeroThreshold: before.zeroThreshold,
        });
        const after = grown?.histogram ?? EMPTY;
        assert.equal(isReset(after, before), false);
        if (total(increase) > 0) assert.equal(isReset(before, after), true);
        assert.equal(isReset({ ...before, hint: 2 }, after), false);
        assert.equal(isReset({ ...after, hint: 1 }, before), true);
      }),
    );
  });

  test('lower resolution and a larger zero bucket are no resets as long as nothing is lost', () => {
    const before = { ...EMPTY, schema: 2, count: 6, positive: buckets([1, 2, 3], 5) };
    const after = { ...toSchema(before, 0), zeroThreshold: 1, count: 6 };
    assert.equal(isReset(after, before), false);
    assert.equal(isReset(before, after), true);
  });
});

describe('quantiles and fractions', () => {
  const histogram = { ...EMPTY, count: 12, sum: 30, positive: buckets([2, 3, 0, 1, 6]) };

  test('a quantile lies within the bucket of its rank, and the fraction below it is the quantile again', () => {
    for (const q of [0.05, 0.25, 0.5, 0.75, 0.95]) {
      const { value } = histogramQuantile(q, histogram);
      assert.ok(value > 0.5 && value <= 16);
      assert.ok(Math.abs(histogramFraction(Number.NEGATIVE_INFINITY, value, histogram).value - q) < 1e-9, `${q}`);
    }
  });

  test('outside of 0 to 1, without observations and without a number there is none', () => {
    assert.equal(histogramQuantile(-1, histogram).value, Number.NEGATIVE_INFINITY);
    assert.equal(histogramQuantile(2, histogram).value, Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(histogramQuantile(0.5, EMPTY).value));
    assert.ok(Number.isNaN(histogramFraction(Number.NaN, 1, histogram).value));
    assert.equal(histogramFraction(3, 3, histogram).value, 0);
  });

  test('observations of NaN are said', () => {
    const withNaN = { ...histogram, count: 20, sum: Number.NaN };
    assert.deepEqual(histogramQuantile(0.99, withNaN), { value: Number.NaN, remark: 'nan' });
    assert.equal(histogramQuantile(0.1, withNaN).remark, 'skewed');
    assert.equal(histogramFraction(0, 100, withNaN).remark, 'excluded');
  });

  test('the variance of observations in one bucket is the distance of its middle from the mean', () => {
    const one = { ...EMPTY, count: 4, sum: 4 * Math.SQRT2, positive: buckets([4], 1) };
    assert.ok(Math.abs(histogramVariance(one)) < 1e-12);
  });
});

describe('trimming', () => {
  test('below and above a value together are all observations', () => {
    fc.assert(
      fc.property(exponential, fc.double({ min: -100, max: 100, noNaN: true }), (histogram, at) => {
        // A histogram of which one side is cut away counts its zero bucket as one-sided afterwards.
        fc.pre(histogram.zeroCount === 0);
        const below = trim(histogram, at, true);
        const above = trim(histogram, at, false);
        const all = total(histogram);
        assert.ok(Math.abs(total(below) + total(above) - all) <= 1e-9 * Math.max(1, all));
      }),
    );
  });

  test('a value beyond all buckets changes nothing', () => {
    const histogram = { ...EMPTY, count: 12, sum: 30, positive: buckets([2, 3, 0, 1, 6]) };
    assert.equal(trim(histogram, 1000, true), histogram);
    assert.equal(trim(histogram, 0.1, false), histogram);
    assert.equal(trim(histogram, 0.1, true).count, 0);
  });
});

test('text and shown buckets name each bound as open or closed', () => {
  const histogram = {
    ...EMPTY,
    count: 6,
    sum: 1.5,
    zeroThreshold: 0.25,
    zeroCount: 1,
    positive: buckets([2]),
    negative: buckets([3]),
  };
  assert.equal(histogramText(histogram), '{count:6, sum:1.5, [-1,-0.5):3, [-0.25,0.25]:1, (0.5,1]:2}');
  assert.match(
    histogramText({ ...histogram, count: 1_234_567, sum: 123_456.5 }),
    /^\{count:1\.234567e\+06, sum:123456\.5, /,
  );
  assert.deepEqual(
    shownBuckets(histogram).map(({ rule }) => rule),
    [1, 3, 0],
  );
});

test('a negative factor makes a gauge of a counter', () => {
  assert.equal(scale({ ...EMPTY, hint: 2 }, -1).hint, 3);
  assert.equal(scale({ ...EMPTY, hint: 2 }, 2).hint, 2);
});
