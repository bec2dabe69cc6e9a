import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repetitionTest } from './repetitions.ts';
import { streamLabels } from './row_labels.ts';
import type { LogBatch } from './source.ts';

const STREAM = streamLabels([]);

function batchOf(records: readonly (readonly [time: bigint, line: string])[]): LogBatch {
  return {
    rows: records.length,
    times: BigInt64Array.from(records, ([time]) => time),
    stream: () => STREAM,
    metadata: () => [],
    line: (row) => records[row]?.[1] ?? '',
    virtual: () => () => undefined,
    identity: (row) => records[row]?.[1] ?? '',
  };
}

test('of equal records in whatever batches of one order the first is none that was there before', () => {
  const record = fc.tuple(
    fc.constantFrom(-1n, 0n, 1n, 2n, 1n << 32n, (1n << 32n) + 1n, 3n << 40n),
    fc.constantFrom('a', 'b'),
  );
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 20 }),
      fc.array(fc.nat(20), { maxLength: 4 }),
      fc.boolean(),
      (records, cuts, isBackward) => {
        const sign = isBackward ? -1 : 1;
        const ordered = records.toSorted(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
        const places = [0, ...cuts.filter((cut) => cut < ordered.length).sort((a, b) => a - b), ordered.length];
        const isRepetition = repetitionTest();
        const kept: string[] = [];
        for (let i = 1; i < places.length; i++) {
          const some = ordered.slice(places[i - 1], places[i]);
          const batch = batchOf(some);
          for (const [row, [time, line]] of some.entries()) if (!isRepetition(batch, row)) kept.push(`${time} ${line}`);
        }
        assert.deepEqual(kept, [...new Set(ordered.map(([time, line]) => `${time} ${line}`))]);
      },
    ),
    { seed: 8, numRuns: 1_000 },
  );
});
