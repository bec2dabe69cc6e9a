import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sloFactSection } from './columns/slo_facts.ts';
import { batchIdTail } from './native/encode.ts';
import { type OpenPlace, PLACES, TENANT } from './places.ts';
import { readSloFacts } from './reads/slo_facts.ts';
import { TABLES } from './tables.ts';

const OPTIONS = { database: TENANT };
const SLOT_MS = 300_000;
const NOW = Math.floor(Date.now() / SLOT_MS) * SLOT_MS;
const fact = (slot: number, bad: number, total: number, dimension = '') => ({
  objective: 'shop-web',
  dimension,
  slotMs: NOW - slot * SLOT_MS,
  bad,
  total,
});

const [embedded] = PLACES;
let open: OpenPlace;
before(async () => {
  assert.ok(embedded);
  open = await embedded.open();
  const columns = TABLES.slo_facts.map(([name]) => name);
  for (const [i, facts] of [
    [fact(2, 1, 10), fact(1, 0.5, 20), fact(1, 7, 7, '{"path":"/pay"}'), fact(400, 3, 3)],
    [fact(1, 2, 25)],
  ].entries()) {
    const section = sloFactSection(facts, NOW + i);
    await open.store.writer.insert(
      'slo_facts',
      columns,
      [section.block, batchIdTail(section.rows, BigInt(i + 1))],
      OPTIONS,
    );
  }
});
after(() => open.close());

test('a slot that was counted again has its newest count, each dimension its own', async () => {
  const range = { objective: 'shop-web', fromMs: NOW - 10 * SLOT_MS, toMs: NOW, countedFromMs: 0 };
  assert.deepEqual(await readSloFacts(open.store.reader, range, OPTIONS), [
    fact(2, 1, 10),
    fact(1, 2, 25),
    fact(1, 7, 7, '{"path":"/pay"}'),
  ]);
  assert.deepEqual(await readSloFacts(open.store.reader, { ...range, objective: 'other' }, OPTIONS), []);
});

test('what was counted before a time is passed over', async () => {
  const range = { objective: 'shop-web', fromMs: NOW - 10 * SLOT_MS, toMs: NOW, countedFromMs: NOW + 1 };
  assert.deepEqual(await readSloFacts(open.store.reader, range, OPTIONS), [fact(1, 2, 25)]);
});
