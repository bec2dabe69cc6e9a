import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import fc from 'fast-check';
import { memorySource } from './memory_source.ts';
import { evaluateRange } from './range_aggregation.ts';
import { StepChanges } from './step_changes.ts';

test('amounts of many series are kept apart, whatever number of steps', () => {
  const change = fc.record({ series: fc.nat(700), first: fc.nat(1_000), steps: fc.nat(1_000), amount: fc.nat(9) });
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 60, 1_500), fc.array(change, { maxLength: 30 }), (steps, changes) => {
      const all = new StepChanges(steps);
      const expected = new Map<string, number>();
      for (const { series, first: place, steps: length, amount } of changes) {
        const first = place % steps;
        const end = Math.min(steps, first + 1 + length);
        all.add(series, first, end, amount);
        for (let step = first; step < end; step++)
          expected.set(`${series} ${step}`, (expected.get(`${series} ${step}`) ?? 0) + amount);
      }
      for (const { series } of changes) {
        let amount = 0;
        for (let step = 0; step < steps; step++) {
          amount += all.at(series, step);
          assert.equal(amount, expected.get(`${series} ${step}`) ?? 0);
        }
      }
      assert.equal(all.at(100_000, 0), 0);
    }),
    { seed: 2, numRuns: 60 },
  );
});

const START = 1_700_000_000_000_000_000n;
/** Steps and windows of nanoseconds, and of so many that doubles do not tell them apart. */
const widths = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }).map((n) => n * 1e15 + 1),
);

test('a record counts at the steps whose windows hold it, to the nanosecond', async () => {
  const shape = fc.record({
    width: widths,
    range: fc.integer({ min: 1, max: 4 }),
    offset: fc.nat(2),
    count: fc.integer({ min: 1, max: 12 }),
  });
  const places = fc.array(fc.tuple(fc.integer({ min: -4, max: 14 }), fc.integer({ min: -2, max: 2 })), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(shape, places, async ({ width, range, offset, count }, places) => {
      const [stepNs, rangeNs] = [BigInt(width), BigInt(width * range)];
      const offsetNs = BigInt(width * offset);
      const times = places.map(([steps, ns]) => START + BigInt(steps) * stepNs + BigInt(ns));
      const records = times.map((timeNs, i) => ({ timeNs, line: String(i), metadata: [] }));
      const expr = parse('count_over_time({a="b"}[1m])');
      if (expr.kind !== 'range_aggregation') throw new TypeError('no range aggregation');
      const asked = { ...expr, range: { ...expr.range, rangeNs: Number(rangeNs), offsetNs: Number(offsetNs) } };
      const { series } = await evaluateRange(asked, {
        source: memorySource([{ labels: ['a', 'b'], records }]),
        steps: { startNs: START, stepNs, count, instant: false },
        limits: { maxSeries: 10, maxSamples: 100 },
      });
      for (let step = 0; step < count; step++) {
        const end = START + BigInt(step) * stepNs - offsetNs;
        const held = times.filter((time) => time > end - rangeNs && time <= end).length;
        assert.equal(series[0]?.present[step] === 1 ? series[0].values[step] : 0, held);
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});
