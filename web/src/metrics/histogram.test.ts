import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { heatColor, tickRows, timeTicks } from '../chart/heatScale.ts';
import type { MatrixAnswer } from '../data/prometheus.ts';
import { heatQuery } from './heatQuery.ts';
import { classicBuckets, heatOf } from './histogram.ts';
import { classicHistogram, tableRows } from './histogramView.ts';

const matrix = (result: MatrixAnswer['data']['result']): MatrixAnswer => ({
  data: { resultType: 'matrix', result },
  warnings: [],
  infos: [],
});
const series = (metric: Record<string, string>, values: [number, string][]) => ({ metric, values, histograms: [] });
const range = { fromMs: 100_000, toMs: 140_000 };

test('classic buckets are the differences of their cumulative counts', () => {
  assert.deepEqual(
    classicBuckets([
      [Number.POSITIVE_INFINITY, 10],
      [1, 4],
      [2, 9],
    ]),
    [
      { low: 0, high: 1, count: 4 },
      { low: 1, high: 2, count: 5 },
      { low: 2, high: Number.POSITIVE_INFINITY, count: 1 },
    ],
  );
});

test('a heatmap sums le series and leaves moments without any as gaps', () => {
  const heat = heatOf(
    matrix([
      series({ le: '1', pod: 'a' }, [
        [100, '1'],
        [120, '2'],
      ]),
      series({ le: '+Inf', pod: 'a' }, [
        [100, '3'],
        [120, '2'],
      ]),
      series({ le: '1', pod: 'b' }, [[100, '1']]),
      series({ le: '+Inf', pod: 'b' }, [[100, '1']]),
    ]),
    range,
    20_000,
  );
  assert.deepEqual(heat?.cells, [
    [2, 2, null],
    [2, 0, null],
  ]);
  assert.equal(heat?.max, 2);
  assert.equal(heatOf(matrix([series({ a: 'b' }, [[100, '1']])]), range, 20_000), null);
});

const sample = (buckets: [number, string, string, string][]) => ({ count: '6', sum: '9', buckets });

test('a heatmap of native histograms gives a coarse bucket to the fine rows it covers', () => {
  const heat = heatOf(
    matrix([
      {
        metric: {},
        values: [],
        histograms: [
          [
            100,
            sample([
              [0, '1', '2', '4'],
              [0, '2', '4', '2'],
            ]),
          ],
          [120, sample([[0, '1', '4', '6']])],
        ],
      },
    ]),
    range,
    20_000,
  );
  assert.deepEqual(heat?.rows, [
    { low: 1, high: 2 },
    { low: 2, high: 4 },
  ]);
  assert.deepEqual(heat?.cells, [
    [4, 3, null],
    [2, 3, null],
  ]);
});

test('no observation is lost between buckets and rows, however many bounds there are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 9 })), { minLength: 2, maxLength: 300 }),
      (found) => {
        const buckets = found.map(([low, count]): [number, string, string, string] => [
          0,
          String(low),
          String(low + 1),
          String(count),
        ]);
        const heat = heatOf(matrix([{ metric: {}, values: [], histograms: [[100, sample(buckets)]] }]), range, 20_000);
        const seen = (heat?.cells ?? []).reduce((sum, cells) => sum + (cells[0] ?? 0), 0);
        assert.ok(Math.abs(seen - found.reduce((sum, [, count]) => sum + count, 0)) < 1e-6);
        assert.ok((heat?.rows.length ?? 0) <= 101);
      },
    ),
  );
});

test('a heatmap of a quantile asks for the buckets the quantile is of', () => {
  assert.equal(
    heatQuery('1000 * histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))'),
    'sum by (le) (rate(a_bucket[5m]))',
  );
  assert.equal(heatQuery('histogram_avg(rate(h[5m]))'), 'rate(h[5m])');
  assert.equal(heatQuery('up'), 'up');
  assert.equal(heatQuery('sum('), 'sum(');
});

test('colours grow with the share; bounds at the axis keep their distance', () => {
  assert.notEqual(heatColor(0.1, 'dark'), heatColor(0.2, 'dark'));
  assert.equal(heatColor(7, 'light'), heatColor(1, 'light'));
  const rows = Array.from({ length: 100 }, (_, at) => ({ low: at, high: at + 1 }));
  assert.ok(tickRows(rows, 340).length <= 14);
  assert.deepEqual(timeTicks({ fromMs: 1000, toMs: 21_000 }, 4).times, [5000, 10_000, 15_000, 20_000]);
});

test('a table row of a native histogram has its buckets; le series of an instant make one histogram', () => {
  const rows = tableRows({
    data: { resultType: 'vector', result: [{ metric: { a: 'b' }, histogram: [1, sample([[0, '1', '2', '6']])] }] },
    warnings: [],
    infos: [],
  });
  assert.deepEqual(rows, [
    {
      name: '{a="b"}',
      value: 6,
      exact: '6',
      histogram: { buckets: [{ low: 1, high: 2, count: 6 }], count: 6, sum: 9 },
    },
  ]);
  const result = ['1', '+Inf'].map((le, at) => ({ metric: { le }, value: [1, String(at + 1)] as [number, string] }));
  assert.equal(classicHistogram({ data: { resultType: 'vector', result }, warnings: [], infos: [] }).length, 2);
});
