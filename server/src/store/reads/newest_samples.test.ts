import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createMapInterner } from '../../model/map_interner.ts';
import { metricColumns, metricSections } from '../columns/metric_columns.ts';
import { batchIdTail } from '../native/encode.ts';
import { type OpenPlace, PLACES, TENANT } from '../places.ts';
import { TABLES } from '../tables.ts';
import { readNewestSamples } from './newest_samples.ts';
import { readSamples, type SampleRows } from './samples.ts';

const START = Date.UTC(2026, 10, 21, 22);
const SERIES = 20;
const SAMPLES = 400;
const STALE = [2, 0x7ff0_0000] as const;

type Row = readonly [id: bigint, time: number, low: number, high: number];

/** Rows with the bits of their values, which a NaN is told by. */
function rowsOf({ rows, ids, times, values }: SampleRows): Row[] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, rows * 2);
  return Array.from({ length: rows }, (_, row) => [
    (BigInt(ids[row * 2 + 1] ?? 0) << 32n) | BigInt(ids[row * 2] ?? 0),
    times[row] ?? 0,
    bits[row * 2] ?? 0,
    bits[row * 2 + 1] ?? 0,
  ]);
}

for (const place of PLACES) {
  describe(`newest samples, ${place.name}`, () => {
    let open: OpenPlace;
    let ids: BigUint64Array;
    before(async () => {
      open = await place.open();
      const interner = createMapInterner();
      const references = Array.from({ length: SERIES }, (_, i) => interner.intern(['__name__', 'x', 'i', String(i)]));
      ids = BigUint64Array.from(
        references,
        (reference) =>
          (BigInt(interner.idHigh[reference] as number) << 32n) | BigInt(interner.idLow[reference] as number),
      ).sort();
      // Irregular times over two days, in four batches that overlap, the last samples of each sent again with other values.
      for (let batch = 1; batch <= 4; batch++) {
        const columns = metricColumns(interner);
        for (const reference of references) {
          for (let i = (batch - 1) * 90; i < Math.min(SAMPLES, batch * 100); i++) {
            const time = START + i * 40_000 + ((i * 7919 + reference * 104_729) % 30_000);
            if ((i + reference) % 37 === 0) columns.samples.appendRaw(reference, time, ...STALE);
            else columns.samples.append(reference, time, batch * 1000 + i / 8);
          }
        }
        for (const { table, rows, block } of metricSections(columns, START).sections) {
          const names = TABLES[table].map(([name]) => name);
          await open.store.writer.insert(table, names, [block, batchIdTail(rows, BigInt(batch))], { database: TENANT });
        }
      }
    });
    after(() => open.close());

    for (const [stepMs, endMs, fromMs, toMs] of [
      [120_000, START + 7_200_000, START, START + 14_400_000],
      [3_600_000, START + 10_000_001, START + 1234, START + 10_000_000],
      [86_400_000, START, START - 1, START + 20_000_000],
      [300_000, START + 30_000_000, START, START + 16_000_000],
    ] as const) {
      test(`of every ${stepMs / 1000} s are the last of all rows there`, async () => {
        const selection = { ids, fromMs, toMs };
        const options = { database: TENANT };
        const all: Row[] = [];
        for await (const rows of readSamples(open.store.reader, selection, options)) all.push(...rowsOf(rows));
        // A later row of the same stretch takes the place of the one before.
        const expected = new Map<string, Row>();
        for (const row of all) expected.set(`${row[0]} ${Math.floor((endMs - row[1]) / stepMs)}`, row);
        const blocks = await readNewestSamples(open.store.reader, selection, { endMs, stepMs }, options);
        assert.ok(expected.size > 0 && expected.size < all.length);
        assert.deepEqual(blocks.flatMap(rowsOf), [...expected.values()]);
      });
    }
  });
}
