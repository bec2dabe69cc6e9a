import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DecodeContext, DecodeError, type Interner } from '../../model/ingest.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { DeltaStates } from './delta.ts';
import { mergeExponential } from './delta_exponential.ts';
import { decodeOtlpMetricsJson } from './metrics_json.ts';
import { newPoints, setNumber, toNumber } from './points.ts';
import { jsonBytes, NOW, rowsOf, testContext, text } from './test_requests.ts';

const START = NOW - 60_000;
const nanos = (ms: number): string => `${ms}000000`;

function contextOf(series: Interner, limits = {}): DecodeContext {
  return { ...testContext(limits), series };
}

const sum = (value: number, from: number, to: number) => ({
  name: 'requests',
  sum: {
    aggregationTemporality: 1,
    isMonotonic: true,
    dataPoints: [{ startTimeUnixNano: nanos(from), timeUnixNano: nanos(to), asInt: value }],
  },
});
const request = (...metrics: object[]) => ({
  resourceMetrics: [{ resource: { attributes: [text('service.name', 'api')] }, scopeMetrics: [{ metrics }] }],
});

/** What requests one after the other store: values of samples, and what was refused. */
function send(
  interner: Interner,
  ...requests: object[]
): { values: number[]; refused: string[]; rows: Record<string, unknown>[] } {
  const values: number[] = [];
  const refused: string[] = [];
  const rows: Record<string, unknown>[] = [];
  for (const each of requests) {
    const decoded = decodeOtlpMetricsJson(jsonBytes(each), contextOf(interner), undefined);
    for (const { mantissa, exponent } of rowsOf(decoded, 'samples')) {
      values.push(Number(exponent) === -128 ? Number.NaN : Number(mantissa) * 10 ** Number(exponent));
    }
    rows.push(...rowsOf(decoded, 'native_histograms'));
    refused.push(...decoded.rejections.map(({ reason, count }) => `${count} ${reason}`));
  }
  return { values, refused, rows };
}

describe('delta temporality', () => {
  test('sums are added up, over a gap too', () => {
    const { values, refused } = send(
      createMapInterner(),
      request(sum(3, START, START + 10_000)),
      request(sum(4, START + 10_000, START + 20_000)),
      request(sum(5, START + 40_000, START + 50_000)),
    );
    assert.deepEqual([values, refused], [[3, 7, 12], []]);
  });

  test('a point not later than the newest is refused and counted; the same point again is answered again', () => {
    const { values, refused } = send(
      createMapInterner(),
      request(sum(3, START, START + 10_000)),
      request(sum(4, START + 10_000, START + 20_000)),
      request(sum(4, START + 10_000, START + 20_000)),
      request(sum(9, START, START + 10_000)),
      request(sum(9, START - 9_000, START + 30_000)),
      request(sum(1, START + 20_000, START + 30_000)),
    );
    assert.deepEqual(
      [values, refused],
      [
        [3, 7, 7, 8],
        ['1 out_of_order', '1 out_of_order'],
      ],
    );
  });

  test('the start of what is counted is kept with the samples', () => {
    const interner = createMapInterner();
    const decoded = [sum(3, START, START + 10_000), sum(4, START + 10_000, START + 20_000)].map((metric) =>
      decodeOtlpMetricsJson(jsonBytes(request(metric)), contextOf(interner), undefined),
    );
    // One row says it of both: a run.
    assert.deepEqual(
      decoded.map((each) => rowsOf(each, 'sample_starts').map(({ ts, start }) => [Number(ts), Number(start)])),
      [[[START + 10_000, START]], []],
    );
  });

  test('series are told apart by their attributes', () => {
    const two = (a: number, b: number, at: number) => {
      const point = (route: string, value: number) => ({
        startTimeUnixNano: nanos(START),
        timeUnixNano: nanos(at),
        asDouble: value,
        attributes: [text('route', route)],
      });
      return request({
        name: 'requests',
        sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [point('/a', a), point('/b', b)] },
      });
    };
    assert.deepEqual(
      send(createMapInterner(), two(1, 10, START + 1_000), two(2, 20, START + 2_000)).values,
      [1, 10, 3, 30],
    );
  });

  test('explicit histograms are added bucket by bucket and begin again with other bounds', () => {
    const histogram = (counts: readonly number[], bounds: readonly number[], at: number) =>
      request({
        name: 'h',
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              startTimeUnixNano: nanos(START),
              timeUnixNano: nanos(at),
              count: counts.reduce((a, b) => a + b),
              sum: 1.5,
              bucketCounts: counts,
              explicitBounds: bounds,
            },
          ],
        },
      });
    const { values } = send(
      createMapInterner(),
      histogram([1, 2], [1], START + 1_000),
      histogram([3, 4], [1], START + 2_000),
      histogram([1, 1], [2], START + 3_000),
    );
    // Each: _sum, _count, the bucket, +Inf.
    assert.deepEqual(values, [1.5, 3, 1, 3, 3, 10, 4, 10, 1.5, 2, 1, 2]);
  });

  test('exponential histograms are added at the coarser scale', () => {
    const point = (scale: number, offset: number, counts: readonly number[], at: number) =>
      request({
        name: 'e',
        exponentialHistogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              startTimeUnixNano: nanos(START),
              timeUnixNano: nanos(at),
              count: counts.reduce((a, b) => a + b),
              sum: 1,
              scale,
              positive: { offset, bucketCounts: counts },
            },
          ],
        },
      });
    const { rows } = send(
      createMapInterner(),
      point(3, 2, [1, 1, 1], START + 1_000),
      point(2, 0, [5, 7], START + 2_000),
    );
    assert.deepEqual(
      rows.map(({ schema, count, positive_offsets, positive_buckets }) => [
        schema,
        count,
        positive_offsets,
        positive_buckets,
      ]),
      [
        [3, 3, [3], [1, 1, 1]],
        [2, 15, [1], [5, 9, 1]],
      ],
    );
  });

  test('a request that is refused leaves nothing in the count', () => {
    const interner = createMapInterner();
    send(interner, request(sum(3, START, START + 10_000)));
    const tooMany = request(sum(4, START + 10_000, START + 20_000), sum(4, START + 20_000, START + 30_000));
    assert.throws(
      () => decodeOtlpMetricsJson(jsonBytes(tooMany), contextOf(interner, { recordsPerRequest: 1 }), undefined),
      DecodeError,
    );
    // The count begins again, which is the reset of a counter: nothing is counted twice.
    assert.deepEqual(send(interner, request(sum(2, START + 30_000, START + 40_000))).values, [2]);
  });

  test('memory is bounded: new series beyond it are refused, known ones go on, idle ones make room', () => {
    const states = new DeltaStates(32);
    const { number } = newPoints();
    const add = (reference: number, time: number): string | undefined => {
      number.time = time;
      setNumber(number.value, 1);
      return states.number(reference, number);
    };
    states.begin(1_000);
    assert.deepEqual([add(1, 10), add(2, 10), add(3, 10), add(1, 20)], [undefined, undefined, 'full', undefined]);
    states.begin(10_000_000);
    assert.equal(states.size, 0);
    assert.equal(add(3, 30), undefined);
  });

  test('a retry of a histogram gives the same total, not a second one', () => {
    const states = new DeltaStates();
    const { histogram } = newPoints();
    const add = (time: number, count: number): number[] => {
      histogram.time = time;
      histogram.count = count;
      histogram.counts = [count, 0];
      histogram.bounds = [1];
      histogram.hasSum = true;
      setNumber(histogram.sum, count / 2);
      states.histogram(7, histogram);
      return [histogram.count, ...histogram.counts, toNumber(histogram.sum)];
    };
    states.begin(1);
    assert.deepEqual(
      [add(1, 2), add(2, 4), add(2, 4), add(3, 1)],
      [
        [2, 2, 0, 1],
        [6, 6, 0, 3],
        [6, 6, 0, 3],
        [7, 7, 0, 3.5],
      ],
    );
  });
});

test('merged exponential histograms keep every observation within 160 buckets a sign', () => {
  const side = fc.record({
    offset: fc.integer({ min: -2_000, max: 2_000 }),
    counts: fc.array(fc.nat(100), { maxLength: 300 }),
  });
  const histogram = fc
    .record({
      scale: fc.integer({ min: -4, max: 20 }),
      zeroCount: fc.nat(50),
      zeroThreshold: fc.constantFrom(0, 1e-9, 0.5, 3),
      positive: side,
      negative: side,
    })
    .map((given) => ({ ...given, sum: 1, hasSum: true, count: observations(given) }));
  fc.assert(
    fc.property(histogram, histogram, (a, b) => {
      const merged = mergeExponential(a, b);
      assert.equal(observations(merged), a.count + b.count);
      assert.equal(merged.count, a.count + b.count);
      assert.ok(merged.scale <= Math.min(a.scale, b.scale));
      assert.ok(merged.positive.counts.length <= 160 && merged.negative.counts.length <= 160);
    }),
    { numRuns: 300 },
  );
});

function observations(of: {
  readonly zeroCount: number;
  readonly positive: { readonly counts: readonly number[] };
  readonly negative: { readonly counts: readonly number[] };
}): number {
  return [of.zeroCount, ...of.positive.counts, ...of.negative.counts].reduce((total, count) => total + count, 0);
}
