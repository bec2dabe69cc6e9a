import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StoreReader, sql } from '../../store/index.ts';
import { createAccounting } from './accounting.ts';

const block = {
  rows: 2,
  names: ['n'],
  types: ['Float64'],
  columns: [{ kind: 'number' as const, values: new Float64Array([1, 2]) }],
};
const store: StoreReader = {
  async *query() {
    yield block;
    yield block;
  },
  collect: async () => ({ blocks: [block], cost: { rowsRead: 10, bytesRead: 80, milliseconds: 1 } }),
};
const options = { database: 'trilith' };

test('an answer says what was read from the store for it, streams and whole results together', async () => {
  const { reader, withRequest } = createAccounting(store);
  const response = await withRequest(true, async () => {
    for await (const read of reader.query(sql`SELECT 1`, options)) assert.equal(read.rows, 2);
    await reader.collect(sql`SELECT 1`, options);
    return { status: 200, headers: { 'content-type': 'text/plain' } };
  });
  assert.deepEqual(response.headers, { 'content-type': 'text/plain', 'x-trilith-cost': 'rows=14,bytes=112' });
});

test('requests that run at once do not pay for one another, and one that reads nothing says so', async () => {
  const { reader, withRequest } = createAccounting(store);
  const [busy, idle] = await Promise.all([
    withRequest(true, async () => {
      await reader.collect(sql`SELECT 1`, options);
      return { status: 200 };
    }),
    withRequest(true, async () => ({ status: 200 })),
  ]);
  assert.equal(busy.headers?.['x-trilith-cost'], 'rows=10,bytes=80');
  assert.equal(idle.headers?.['x-trilith-cost'], 'rows=0,bytes=0');
});
