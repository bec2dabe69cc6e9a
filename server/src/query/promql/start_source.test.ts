import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createMapInterner } from '../../model/map_interner.ts';
import type { Section } from '../../model/section.ts';
import { metricColumns, metricSections, type StartRows, sectionRows } from '../../store/index.ts';
import { createStartMerger } from './start_source.ts';

const DAY = 86_400_000;

interface Sent {
  readonly reference: number;
  readonly time: number;
  readonly start: number;
}

/** Samples of two series with starts that stay, change, go away and come back, now and then out of order, over two days. */
const requests = fc.array(
  fc.array(
    fc.record({
      reference: fc.integer({ min: 0, max: 1 }),
      gap: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
        { weight: 2, arbitrary: fc.integer({ min: -9, max: 0 }) },
      ),
      start: fc.constantFrom(0, 5, 5, 5, 7, 40_000_000),
    }),
    { maxLength: 8 },
  ),
  { maxLength: 8 },
);

/** Rows of the table in the order it is read, from the sections of each request. */
function stored(sections: readonly (readonly Section[])[]): StartRows {
  const rows = sections.flatMap((request, batch) =>
    request
      .filter(({ table }) => table === 'sample_starts')
      .flatMap(sectionRows)
      .map((row) => ({
        series: BigInt(String(row.series)),
        ts: Number(row.ts),
        start: Number(row.start),
        single: Number(row.single),
        batch,
      })),
  );
  rows.sort((a, b) => (a.series < b.series ? -1 : a.series > b.series ? 1 : a.ts - b.ts || a.batch - b.batch));
  return {
    rows: rows.length,
    ids: Uint32Array.from(rows.flatMap(({ series }) => [Number(series & 0xffff_ffffn), Number(series >> 32n)])),
    times: Float64Array.from(rows, ({ ts }) => ts),
    starts: Float64Array.from(rows, ({ start }) => start),
    singles: Uint8Array.from(rows, ({ single }) => single),
  };
}

test('every sample gets back the start it was sent with, whatever the order', () => {
  fc.assert(
    fc.property(requests, fc.boolean(), (sent, refusesFirst) => {
      const interner = createMapInterner();
      for (const name of ['a', 'b']) interner.intern(['__name__', name]);
      const clock = [DAY - 200, DAY - 200];
      const begun = new Set<number>();
      const kept = new Map<string, Sent>();
      const sections: (readonly Section[])[] = [];
      for (const [at, request] of sent.entries()) {
        const columns = metricColumns(interner);
        const refused = refusesFirst && at === 0;
        for (const { reference, gap, start } of request) {
          const time = (clock[reference] as number) + gap * 20;
          clock[reference] = Math.max(time, clock[reference] as number);
          columns.samples.append(reference, time, 1);
          // A series tells starts from its first sample on: what came before is not remembered.
          const told = begun.has(reference) ? start : 5;
          begun.add(reference);
          columns.starts.note(reference, time, told);
          if (!refused) kept.set(`${reference} ${time}`, { reference, time, start: told });
        }
        // What is taken back must not be counted on later.
        if (refused) columns.starts.truncate(0);
        sections.push(metricSections(columns, 0).sections);
      }
      const samples = [...kept.values()].sort((a, b) => a.reference - b.reference || a.time - b.time);
      const split = samples.filter(({ reference }) => reference === 0).length;
      const set = {
        offsets: Uint32Array.of(0, split, samples.length),
        times: Float64Array.from(samples, ({ time }) => time),
      };
      const id = (reference: number): bigint =>
        (BigInt(interner.idHigh[reference] as number) << 32n) | BigInt(interner.idLow[reference] as number);
      const merger = createStartMerger(
        set,
        new Map([
          [id(0), 0],
          [id(1), 1],
        ]),
      );
      merger.add(stored(sections));
      const starts = merger.finish();
      const found = samples.map(
        ({ reference }, i) => starts.get(reference)?.[i - (set.offsets[reference] as number)] ?? 0,
      );
      assert.deepEqual(
        found,
        samples.map(({ start }) => start),
      );
    }),
    { numRuns: 1000 },
  );
});

test('starts that stay cost one row a series and day, none cost nothing', () => {
  const interner = createMapInterner();
  interner.intern(['__name__', 'a']);
  const columns = metricColumns(interner);
  for (let time = DAY; time < 2 * DAY + 1000; time += 15_000) columns.starts.note(0, time, 5);
  assert.equal(columns.starts.rows, 2);
  columns.starts.clear();
  const quiet = metricColumns(createMapInterner());
  quiet.starts.note(0, DAY, 0);
  assert.equal(quiet.starts.rows, 0);
  assert.equal(quiet.starts.used, false);
});
