import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { QueryResult, ResultSeries } from '../../query/index.ts';
import { encodeResult } from './encode.ts';

const STEP_MS = 15_000;
const START_MS = 1_790_000_000_000;

const resultOf = (series: ResultSeries): QueryResult => ({
  type: 'matrix',
  series: [series],
  text: '',
  timeMs: 0,
  warnings: [],
  infos: [],
  samplesRead: 0,
});

const textOf = async (series: ResultSeries): Promise<string> =>
  Buffer.from(await encodeResult(resultOf(series), [], {})).toString();

test('a graph refreshed from the text of earlier ones reads as one written anew', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.double(), fc.integer()), { minLength: 1, maxLength: 40 }),
      fc.array(fc.record({ drop: fc.nat(12), add: fc.nat(12), unwritten: fc.boolean() }), { maxLength: 8 }),
      async (values, refreshes) => {
        const labels = ['job', 'a"b'];
        const all = (from: number, to: number): ResultSeries => ({
          labels,
          times: Float64Array.from({ length: to - from }, (_, i) => START_MS + (from + i) * STEP_MS),
          values: Float64Array.from({ length: to - from }, (_, i) => values[(from + i) % values.length] as number),
        });
        let [from, to] = [0, 10];
        let shown: ResultSeries = { ...all(from, to), written: {} };
        assert.equal(await textOf(shown), await textOf(all(from, to)));
        for (const { drop, add, unwritten } of refreshes) {
          const carriedFrom = Math.min(drop, to - from);
          const carried = { written: shown.written ?? {}, from: carriedFrom, to: to - from };
          from += carriedFrom;
          to += add;
          shown = { ...all(from, to), written: {}, carried };
          // An answer nobody asked for as text leaves nothing for the next.
          if (unwritten) continue;
          for (let again = 0; again < 2; again++) assert.equal(await textOf(shown), await textOf(all(from, to)));
        }
      },
    ),
  );
});
