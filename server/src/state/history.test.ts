import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRecords, type Records } from './history.ts';

const TENANT = 'history_test';

/** Records over an empty store whose disk answers when it is told to. */
function setup(): { readonly records: Records<number>; readonly waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  const reader = { query: async function* () {}, collect: () => Promise.resolve({ blocks: [] }) };
  const kind = { name: 'count', most: 1_000, parse: (json: unknown) => Number(json) };
  const records = openRecords<number>(kind, {
    append: () => new Promise<void>((resolve) => waiting.push(resolve)),
    flush: () => Promise.resolve(),
    reader: () => reader as never,
    nowMs: () => 0,
  });
  return { records, waiting };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('records of many ids wait for one disk together; versions of one come one after the other', async () => {
  const { records, waiting } = setup();
  const puts = Array.from({ length: 300 }, (_, i) => records.put(TENANT, `id ${i}`, i, 'test'));
  puts.push(records.put(TENANT, 'id 0', 1_000, 'test'));
  await settled();
  assert.equal(waiting.length, 300);
  for (const resolve of waiting.splice(0)) resolve();
  await settled();
  assert.equal(waiting.length, 1);
  waiting[0]?.();
  await Promise.all(puts);
  const all = await records.all(TENANT);
  assert.deepEqual([all.size, all.get('id 0'), all.get('id 299')], [300, 1_000, 299]);
});
