import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MatrixAnswer } from '../data/prometheus.ts';
import { metricCompletion } from '../editor/metricCompletion.ts';
import { comparisonOf, shiftMs } from './compare.ts';
import { defaultExpression } from './defaultExpression.ts';
import { exemplarsOf } from './exemplars.ts';
import { askedRows } from './formula.ts';
import { graphData } from './graphData.ts';
import { heatQuery } from './heatQuery.ts';
import { heatColor, tickRows, timeTicks } from './heatScale.ts';
import { classicBuckets, heatOf } from './histogram.ts';
import { classicHistogram, tableRows } from './histogramView.ts';
import { remembered } from './history.ts';
import { legendName, uniqueNames } from './legend.ts';
import {
  changedRow,
  letters,
  type QueryRow,
  readRows,
  rowsPatch,
  stepMsOf,
  stepText,
  withoutRow,
  withRow,
} from './queryRows.ts';
import { withoutMatchers } from './relax.ts';
import { remarksOf } from './remarks.ts';

const row = (letter: QueryRow['letter'], text: string, more: Partial<QueryRow> = {}): QueryRow => ({
  letter,
  text,
  formula: false,
  on: true,
  type: 'range',
  legend: '',
  minStepMs: 0,
  ...more,
});

/** An address after a patch. */
function address(rows: readonly QueryRow[]): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(rowsPatch(rows)))
    if (value !== null && value !== undefined && value !== '') params.set(name, value);
  return params;
}

test('a link that only says q asks that one question', () => {
  assert.deepEqual(readRows(new URLSearchParams('q=up')), [row('A', 'up')]);
  assert.deepEqual(readRows(new URLSearchParams()), [row('A', '')]);
  assert.equal(address([row('A', 'up')]).toString(), 'q=up');
});

const rowArbitrary = fc.record({
  text: fc.constantFrom('', 'up', 'sum(rate(a_total{b="c,d"}[5m]))', 'A / B'),
  formula: fc.boolean(),
  on: fc.boolean(),
  type: fc.constantFrom('range' as const, 'instant' as const),
  legend: fc.constantFrom('', '{{pod}}', 'a & b = c'),
  minStepMs: fc.constantFrom(0, 500, 15_000, 90_000),
});

test('an address holds every query with its options, whichever rows there are', () => {
  fc.assert(
    fc.property(
      fc.subarray([...letters], { minLength: 1 }),
      fc.array(rowArbitrary, { minLength: 8, maxLength: 8 }),
      (chosen, options) => {
        const rows = chosen.map((letter, at) => ({ ...(options[at] ?? row(letter, '')), letter }));
        assert.deepEqual(readRows(address(rows)), rows);
      },
    ),
  );
});

test('a new query takes the first free letter, a removed one leaves the others theirs', () => {
  const two = withRow([row('A', 'up')], {});
  assert.deepEqual(
    two.map(({ letter }) => letter),
    ['A', 'B'],
  );
  const rest = withoutRow(two, 'A');
  assert.deepEqual(
    rest.map(({ letter }) => letter),
    ['B'],
  );
  assert.deepEqual(
    withRow(rest, { text: 'x' }).map(({ letter, text }) => [letter, text]),
    [
      ['A', 'x'],
      ['B', ''],
    ],
  );
  assert.equal(changedRow(two, 'B', { on: false })[1]?.on, false);
  assert.deepEqual(withoutRow(rest, 'B'), [row('A', '')]);
});

test('steps are written as people write them', () => {
  assert.deepEqual(['15s', '1m30s', '500ms', '', 'soon', '5'].map(stepMsOf), [15_000, 90_000, 500, 0, 0, 0]);
  for (const ms of [0, 500, 15_000, 90_000, 86_400_000 + 3_600_000]) assert.equal(stepMsOf(stepText(ms)), ms);
});

test('a formula stands for the queries it names, whole and in parentheses', () => {
  const asked = askedRows([
    row('A', 'sum(rate(errors_total[5m]))'),
    row('B', 'a or b', { on: false }),
    row('C', 'A / B * 100', { formula: true }),
    row('D', 'sum by (B) (C > 1)', { formula: true }),
  ]);
  assert.equal(asked[2]?.query, '(sum(rate(errors_total[5m]))) / (a or b) * 100');
  assert.equal(asked[3]?.query, 'sum by (B) (((sum(rate(errors_total[5m]))) / (a or b) * 100) > 1)');
});

test('a formula that names itself, a later or an empty query says so; one with labels means a metric', () => {
  const asked = askedRows([
    row('A', ''),
    row('B', 'B + 1', { formula: true }),
    row('C', 'A * 2', { formula: true }),
    row('D', 'A{x="y"} + (', { formula: true }),
    row('E', 'A{x="y"}', { formula: true }),
  ]);
  assert.deepEqual(
    asked.map(({ query, missing }) => [query, missing]),
    [
      ['', null],
      ['', 'B'],
      ['', 'A'],
      ['A{x="y"} + (', null],
      ['A{x="y"}', null],
    ],
  );
});

test('a chain of formulas cannot grow without bound', () => {
  const rows = letters.map((letter, at) =>
    at === 0
      ? row(letter, 'x'.repeat(1000))
      : row(
          letter,
          Array(6)
            .fill(letters[at - 1])
            .join('+'),
          { formula: true },
        ),
  );
  assert.ok(askedRows(rows).every(({ query }) => query.length <= 20_000));
});

test('a legend format takes labels; names that occur twice are told apart', () => {
  assert.equal(legendName('{{ method }} {{status}}!', { method: 'GET', status: '200' }), 'GET 200!');
  assert.equal(legendName('{{gone}}', { a: 'b' }), '{a="b"}');
  assert.deepEqual(uniqueNames(['a', 'b', 'a']), ['a', 'b', 'a (2)']);
});

const matrix = (result: MatrixAnswer['data']['result']): MatrixAnswer => ({
  data: { resultType: 'matrix', result },
  warnings: [],
  infos: [],
});
const series = (metric: Record<string, string>, values: [number, string][]) => ({ metric, values, histograms: [] });
const range = { fromMs: 100_000, toMs: 140_000 };
const words = { earlier: (name: string) => `${name} earlier` };

test('an earlier time lies over the present in the colour of the same series', () => {
  const part = { row: row('A', 'up'), stepMs: 20_000 };
  const { data } = graphData(
    [
      {
        ...part,
        grid: range,
        shiftMs: 0,
        answer: matrix([series({ i: '1' }, [[100, '1']]), series({ i: '2' }, [[120, '5']])]),
      },
      {
        ...part,
        grid: { fromMs: 40_000, toMs: 80_000 },
        shiftMs: 60_000,
        answer: matrix([series({ i: '2' }, [[60, '7']])]),
      },
    ],
    range,
    50,
    words,
  );
  assert.deepEqual(data.times, [100_000, 120_000, 140_000]);
  assert.deepEqual(
    data.series.map(({ name, values, color, dash }) => [name, values, color, dash]),
    [
      ['1', [1, null, null], 0, undefined],
      ['2', [null, 5, null], 1, undefined],
      ['{i="2"} earlier', [null, 7, null], 1, 'earlier'],
    ],
  );
});

test('queries of different steps share an axis: a moment of another query is no gap', () => {
  const { data } = graphData(
    [
      {
        row: row('A', 'a'),
        stepMs: 20_000,
        grid: range,
        shiftMs: 0,
        answer: matrix([
          series({}, [
            [100, '1'],
            [120, '2'],
            [140, '3'],
          ]),
        ]),
      },
      { row: row('B', 'b'), stepMs: 40_000, grid: range, shiftMs: 0, answer: matrix([series({}, [[100, '4']])]) },
      {
        row: row('C', 'c', { type: 'instant' }),
        stepMs: 20_000,
        grid: range,
        shiftMs: 0,
        answer: matrix([series({}, [[140, '9']])]),
      },
    ],
    range,
    50,
    words,
  );
  assert.deepEqual(
    data.series.map(({ name, values, dash }) => [name, values, dash]),
    [
      ['A', [1, 2, 3], undefined],
      ['B', [4, undefined, null], undefined],
      ['C', [9, undefined, 9], 'level'],
    ],
  );
});

test('the cap counts present series and takes their earlier selves along', () => {
  const many = (base: number): MatrixAnswer =>
    matrix([1, 2, 3].map((i) => series({ i: String(i) }, [[base, String(i)]])));
  const part = { row: row('A', 'up'), stepMs: 20_000 };
  const { data, total, hidden } = graphData(
    [
      { ...part, grid: range, shiftMs: 0, answer: many(100) },
      { ...part, grid: { fromMs: 40_000, toMs: 80_000 }, shiftMs: 60_000, answer: many(40) },
    ],
    range,
    2,
    words,
  );
  assert.deepEqual([total, hidden, data.series.length], [3, 1, 4]);
});

test('a comparison with the range before lies whole steps back', () => {
  assert.equal(shiftMs('range', range, 30_000), 60_000);
  assert.equal(shiftMs('1d', range, 30_000), 86_400_000);
  assert.equal(shiftMs(comparisonOf('nonsense'), range, 30_000), 0);
});

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

test('remarks are placed where upstream’s wording says, and the rest is said without a place', () => {
  const found = remarksOf('rate(\n  up[5m])', {
    warnings: ['PromQL warning: metric might not be a counter: "up" (2:3)'],
    infos: ['10 more info annotations omitted', 'odd (9:9)'],
  });
  assert.deepEqual(found, [
    { severity: 'warning', message: 'metric might not be a counter: "up"', from: 8, to: 10 },
    { severity: 'info', message: '10 more info annotations omitted', from: null, to: null },
    { severity: 'info', message: 'odd', from: null, to: null },
  ]);
});

test('exemplars without a trace are left out; of many the greatest of each stretch stays', () => {
  const one = (timestamp: number, value: string, labels: Record<string, string>) => ({ timestamp, value, labels });
  const found = exemplarsOf(
    [
      {
        seriesLabels: { job: 'x' },
        exemplars: [
          one(1, '5', { trace_id: 'AB' }),
          one(2, '9', { traceID: 'cd', span_id: 'ef' }),
          one(9, '1', { trace_id: '12' }),
          one(3, '7', { other: 'x' }),
        ],
      },
    ],
    2,
  );
  assert.deepEqual(
    found.map(({ ms, traceId, spanId }) => [ms, traceId, spanId]),
    [
      [2000, 'cd', 'ef'],
      [9000, '12', null],
    ],
  );
});

test('an empty answer offers the metrics without their matchers', () => {
  assert.deepEqual(
    withoutMatchers('sum(rate(http_requests_total{path="/x"}[5m])) / sum(rate(http_requests_total[5m])) + up'),
    ['http_requests_total'],
  );
  assert.deepEqual(withoutMatchers('up'), []);
  assert.deepEqual(withoutMatchers('sum('), []);
});

test('a picked metric becomes the question one usually asks of its type', () => {
  assert.equal(defaultExpression('a_total', 'counter'), 'sum(rate(a_total[5m]))');
  assert.equal(defaultExpression('a_total', 'unknown'), 'sum(rate(a_total[5m]))');
  assert.equal(defaultExpression('a', 'gauge'), 'a');
  assert.equal(defaultExpression('d_seconds', 'histogram'), 'histogram_quantile(0.95, sum(rate(d_seconds[5m])))');
  assert.equal(
    defaultExpression('d_seconds_bucket', 'histogram'),
    'histogram_quantile(0.95, sum by (le) (rate(d_seconds_bucket[5m])))',
  );
  assert.equal(defaultExpression('http.server.requests', 'counter'), 'sum(rate({"http.server.requests"}[5m]))');
});

test('completion puts the metrics that queries ask for first, and says how many series they have', () => {
  const known = { name: 'up', type: 'gauge', help: 'Is it up', unit: '', series: 12, uses: 3 };
  const rows = new Map([
    ['up', known],
    ['idle', { ...known, uses: 0 }],
  ]);
  assert.deepEqual(metricCompletion({ label: 'up' }, rows), {
    label: 'up',
    detail: 'gauge · 12',
    boost: 32,
    info: 'Is it up',
  });
  assert.equal(metricCompletion({ label: 'idle' }, rows).boost, 0);
  assert.deepEqual(metricCompletion({ label: 'other' }, rows), { label: 'other' });
});

test('a query asked again moves to the front of the history', () => {
  assert.deepEqual(remembered(['a', 'b', 'c'], 'b'), ['b', 'a', 'c']);
});
