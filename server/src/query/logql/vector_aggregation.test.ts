import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { newSeries, type Series } from './series.ts';
import { aggregateVector } from './vector_aggregation.ts';

const value = fc.constantFrom(undefined, 1, 2, 2, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const STEPS = 3;

/** The members of a group at a step by the words of the promise: by value, NaN last, of equal ones the first. */
function selected(series: readonly Series[], step: number, k: number, sign: number): number[] {
  const there = series.map((_, i) => i).filter((i) => series[i]?.present[step] === 1);
  const rank = (i: number): number => {
    const value = series[i]?.values[step] as number;
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.max(-1e9, Math.min(1e9, sign * value));
  };
  return there.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b))).slice(0, k);
}

test('topk and bottomk select the first members at every step, few or many of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, value, value), { maxLength: 150 }),
      fc.constantFrom(1, 2, 5, 99, 101, 500),
      fc.constantFrom('topk', 'bottomk'),
      (rows, k, operation) => {
        const series = rows.map((row, i) => {
          const one = newSeries(['i', String(i).padStart(4, '0')], STEPS);
          row.forEach((value, step) => {
            if (value === undefined) return;
            one.present[step] = 1;
            one.values[step] = value;
          });
          return one;
        });
        const expr = parse(`${operation}(${k}, count_over_time({a="b"}[1m]))`);
        if (expr.kind !== 'vector_aggregation') throw new TypeError('no vector aggregation');
        const result = aggregateVector(expr, { kind: 'matrix', series }, STEPS).series;
        for (let step = 0; step < STEPS; step++) {
          const expected = selected(series, step, k, operation === 'topk' ? -1 : 1).map((i) => series[i]?.labels[1]);
          const found = result.filter(({ present }) => present[step] === 1);
          assert.deepEqual(found.map(({ labels }) => labels[1]).sort(), expected.sort());
          for (const one of found) assert.ok(Object.is(one.values[step], series[Number(one.labels[1])]?.values[step]));
        }
        assert.deepEqual(
          result.map(({ labels }) => labels[1]),
          result.map(({ labels }) => labels[1]).sort(),
        );
      },
    ),
    { seed: 6, numRuns: 300 },
  );
});
