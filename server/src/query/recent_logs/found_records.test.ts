import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wordsOf } from '../../base/words_of.ts';
import { streamLabels } from '../logql/row_labels.ts';
import type { StoredBatch } from '../logql/source.ts';
import { FoundRecords } from './found_records.ts';

interface Record {
  readonly timeNs: bigint;
  readonly streamId: bigint;
  readonly isFound: boolean;
}

const NO_LABELS = streamLabels([]);

function sectionOf(records: readonly Record[], place: number): Parameters<FoundRecords['begin']>[0] {
  const times = BigInt64Array.from(records, ({ timeNs }) => timeNs);
  const streamIds = BigUint64Array.from(records, ({ streamId }) => streamId);
  const batch: StoredBatch = {
    rows: records.length,
    times,
    streamId: (row) => streamIds[row] as bigint,
    stream: () => NO_LABELS,
    metadata: () => [],
    line: (row) => `${place} ${row}`,
    virtual: () => () => undefined,
    identity: (row) => `${place} ${row}`,
  };
  return { batch, times: wordsOf(Int32Array, times), streamIds: wordsOf(Uint32Array, streamIds), place };
}

const START = 1_700_000_000_000_000_000n;
/** Of a moment, of hours, and of years, of which a double does not know each nanosecond. */
const span = fc.constantFrom(1n, 3n, 7_200_000_000_000n, 1n << 33n, 1n << 60n);
const record = fc.record({
  timeNs: fc
    .tuple(span, fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1, max: 1 }))
    .map(([span, times, more]) => {
      return START + span * BigInt(times) + BigInt(more);
    }),
  streamId: fc.constantFrom(1n, 2n, 1n << 32n, (1n << 63n) + 5n, (1n << 63n) + (1n << 31n)),
  isFound: fc.boolean(),
});
/** Places are those of sections in the order they came, later ones first. */
const sections = fc.array(fc.array(record, { maxLength: 60 }), { maxLength: 5 });

const line = (place: number, row: number): string => `${place} ${row}`;

test('records come in order of time, of stream, then of arrival, or the other way round; none is left out', () => {
  fc.assert(
    fc.property(sections, fc.constantFrom('forward', 'backward'), (sections, direction) => {
      const found = new FoundRecords();
      const expected: (Record & { readonly place: number; readonly row: number })[] = [];
      for (const [i, records] of sections.entries()) {
        const place = 10 - i;
        found.begin(sectionOf(records, place));
        for (const [row, one] of records.entries()) {
          if (!one.isFound) continue;
          found.add(row);
          expected.push({ ...one, place, row });
        }
      }
      const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
      expected.sort(
        (a, b) => compare(a.timeNs, b.timeNs) || compare(a.streamId, b.streamId) || a.place - b.place || a.row - b.row,
      );
      assert.equal(found.count, expected.length);
      assert.equal(found.oldestNs, expected[0]?.timeNs);
      if (direction === 'backward') expected.reverse();
      const batch = found.inOrder(direction);
      assert.deepEqual(
        [...batch.times],
        expected.map(({ timeNs }) => timeNs),
      );
      assert.deepEqual(
        Array.from({ length: batch.rows }, (_, i) => batch.line(i)),
        expected.map(({ place, row }) => line(place, row)),
      );
      assert.throws(() => batch.line(batch.rows), RangeError);
    }),
    { seed: 9, numRuns: 2_000 },
  );
});

test('records of a time or later are taken once, latest first, while others are added', () => {
  fc.assert(
    fc.property(sections, fc.array(record, { maxLength: 4 }), (sections, bounds) => {
      const found = new FoundRecords();
      const times: bigint[] = [];
      const taken: bigint[] = [];
      for (const [place, records] of sections.entries()) {
        found.begin(sectionOf(records, place));
        for (const [row, { timeNs }] of records.entries()) {
          found.add(row);
          times.push(timeNs);
        }
        const fromNs = bounds[place]?.timeNs;
        if (fromNs === undefined) continue;
        const batch = found.takeFrom(fromNs);
        const some = [...(batch?.times ?? [])];
        assert.deepEqual(
          some,
          some.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
        );
        assert.ok(some.every((time) => time >= fromNs) && (batch === undefined || some.length > 0));
        taken.push(...some);
        assert.ok(found.count === 0 || [...found.inOrder('forward').times].every((time) => time < fromNs));
      }
      const all = [...taken, ...found.inOrder('forward').times].sort();
      assert.deepEqual(all, times.sort());
    }),
    { seed: 10, numRuns: 1_000 },
  );
});
