import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatrixAnswer } from '../data/prometheus.ts';
import { comparisonOf, shiftMs } from './compare.ts';
import { graphData } from './graphData.ts';
import type { QueryRow } from './queryRows.ts';

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
