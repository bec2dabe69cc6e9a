import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colorIndex } from './palette.ts';
import { capSeries, matrixToChart, seriesName, serviceOf, shortNames, statsOf, toggleShown } from './series.ts';
import { formatMs, formatValue, guessUnit } from './units.ts';

test('a range answer lands on the grid and a missing sample stays a gap', () => {
  const answer = {
    data: {
      resultType: 'matrix' as const,
      result: [
        {
          metric: { __name__: 'up' },
          values: [
            [10, '1'],
            [30, '+Inf'],
          ] as [number, string][],
          histograms: [],
        },
      ],
    },
    warnings: [],
    infos: [],
  };
  const chart = matrixToChart(answer, { fromMs: 10_000, toMs: 40_000 }, 10_000);
  assert.deepEqual(chart.times, [10_000, 20_000, 30_000, 40_000]);
  assert.deepEqual(chart.series[0]?.values, [1, null, null, null]);
});

test('a legend shows only the labels in which series differ', () => {
  assert.deepEqual(
    shortNames([
      { __name__: 'a', job: 'x', cpu: '0' },
      { __name__: 'a', job: 'x', cpu: '1' },
    ]),
    ['0', '1'],
  );
  assert.deepEqual(shortNames([{ __name__: 'a', cpu: '0' }]), ['a{cpu="0"}']);
  assert.deepEqual(
    shortNames([
      { __name__: 'a', x: '1' },
      { __name__: 'b', x: '2' },
    ]),
    ['a{x=1}', 'b{x=2}'],
  );
  assert.equal(seriesName({}), '{}');
});

test('the cap keeps the largest series in their order and counts the rest', () => {
  const series = [1, 9, 5].map((value, index) => ({ name: String(index), labels: {}, values: [value] }));
  const capped = capSeries({ times: [0], series }, 2);
  assert.deepEqual(
    capped.data.series.map((one) => one.name),
    ['1', '2'],
  );
  assert.equal(capped.hidden, 1);
});

test('a click isolates, again shows all; with ctrl it toggles one', () => {
  const all = ['a', 'b', 'c'];
  const one = toggleShown(new Set(), all, 'a', false);
  assert.deepEqual([...one], ['a']);
  assert.equal(toggleShown(one, all, 'a', false).size, 0);
  assert.deepEqual([...toggleShown(new Set(), all, 'a', true)], ['b', 'c']);
  assert.equal(toggleShown(new Set(['b', 'c']), all, 'a', true).size, 0);
});

test('stats skip gaps', () => {
  assert.deepEqual(statsOf([null, 2, 4, null]), { last: 4, min: 2, max: 4, mean: 3 });
  assert.deepEqual(statsOf([null]), { last: null, min: null, max: null, mean: null });
});

test('the service of a series is found under any of its names', () => {
  assert.equal(serviceOf({ service_name: 'a', job: 'b' }), 'a');
  assert.equal(serviceOf({ job: 'b' }), 'b');
  assert.equal(serviceOf({ cpu: '0' }), null);
  assert.equal(serviceOf({ job: 'node' }, new Set(['ledger'])), null);
  assert.equal(serviceOf({ job: 'ledger' }, new Set(['ledger'])), 'ledger');
});

test('the colour of a service depends on its name alone', () => {
  assert.equal(colorIndex('payments-api'), colorIndex('payments-api'));
  assert.notEqual(colorIndex('payments-api'), colorIndex('ledger'));
});

const values: readonly [number | null, Parameters<typeof formatValue>[1], string][] = [
  [null, 'short', '–'],
  [0, 'bytes', '0 B'],
  [1536, 'bytes', '1.5 KiB'],
  [1_500_000, 'Bps', '1.5 MB/s'],
  [0.0213, 'ratio', '2.13 %'],
  [1, 'ratio', '100 %'],
  [0.25, 's', '250 ms'],
  [1234, 'short', '1.23 k'],
  [0.004, 'short', '0.004'],
  [-20, 'short', '-20'],
  [24.2, 'rps', '24.2/s'],
  [Number.POSITIVE_INFINITY, 'short', '+∞'],
];
for (const [value, unit, want] of values) {
  test(`${value} in ${unit} reads "${want}"`, () => assert.equal(formatValue(value, unit, 'en'), want));
}

test('durations pick the unit that reads best', () => {
  assert.deepEqual(
    [0.0003, 0.31, 18.4, 2100, 210_000, 7_200_000].map((ms) => formatMs(ms, 'en')),
    ['300 ns', '310 µs', '18.4 ms', '2.1 s', '3.5 min', '2 h'],
  );
});

test('in Russian units and the decimal comma are Russian', () => {
  assert.deepEqual(
    [0.31, 18.4, 2100, 90_000, 172_800_000].map((ms) => formatMs(ms, 'ru')),
    ['310 мкс', '18,4 мс', '2,1 с', '1,5 мин', '2 дн'],
  );
  assert.equal(formatValue(1536, 'bytes', 'ru'), '1,5 КиБ');
  assert.equal(formatValue(1234, 'rps', 'ru'), '1,23 тыс./с');
  assert.equal(formatValue(1_500_000, 'Bps', 'ru'), '1,5 МБ/с');
});

const guesses: readonly [string, string][] = [
  ['node_memory_MemAvailable_bytes', 'bytes'],
  ['rate(node_network_receive_bytes_total[1m])', 'Bps'],
  ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', 's'],
  ['sum(rate(http_requests_total[1m]))', 'rps'],
  ['sum(rate(a_total[1m])) / sum(rate(b_total[1m]))', 'short'],
  ['up', 'short'],
];
for (const [query, unit] of guesses) {
  test(`the unit of ${query} is ${unit}`, () => assert.equal(guessUnit(query), unit));
}
