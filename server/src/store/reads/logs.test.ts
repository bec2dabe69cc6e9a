import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryOptions, StoreReader } from '../types.ts';
import { ALWAYS } from './log_predicate.ts';
import { readLogs } from './logs.ts';

test('the first few lines are read by one thread, all of a range by as many as there are', async () => {
  const asked: QueryOptions[] = [];
  const reader: Pick<StoreReader, 'query'> = {
    async *query(_statement, options) {
      asked.push(options);
      yield* [];
    },
  };
  const range = { startNs: 0n, endNs: 10n, predicate: ALWAYS, direction: 'backward' as const, withResource: false };
  for (const request of [{ ...range, limit: 100 }, range])
    for await (const _ of readLogs(reader as StoreReader, request, { database: 'a' })) assert.fail('there are none');
  assert.deepEqual(
    asked.map(({ maxThreads }) => maxThreads),
    [1, undefined],
  );
});
