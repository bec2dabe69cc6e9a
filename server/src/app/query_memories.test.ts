import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueryMemories } from './query_memories.ts';

test('what was let go of before the store had it is said at once, and how much more when it is over', () => {
  const errors: string[] = [];
  const memory = { forcedEvictions: 0, loadedBefore: () => {}, attach: () => {}, reset: () => {}, append: () => {} };
  const memories = createQueryMemories({
    tables: new Set(['otel_logs']),
    what: 'log records',
    make: () => ({ recent: memory, attach: async () => {}, reset: () => {} }),
    budgetBytes: 1,
    onError: (error) => errors.push(String(error)),
  });
  memories.of('shop');
  const loaded = (seconds: number, forced: number): void => {
    memory.forcedEvictions = forced;
    memories.receive({ kind: 'loaded', beforeMs: seconds * 1000 });
  };
  loaded(0, 0);
  for (let second = 1; second <= 100; second++) loaded(second, second * 2);
  assert.deepEqual(errors, ['Error: 2 blocks of log records were let go before the store had them']);
  for (let second = 101; second <= 200; second++) loaded(second, 200);
  assert.deepEqual(errors.slice(1), ['Error: 198 more blocks of log records were let go before the store had them']);
  loaded(201, 203);
  assert.deepEqual(errors.slice(2), ['Error: 3 blocks of log records were let go before the store had them']);
  loaded(300, 203);
  assert.equal(errors.length, 3);
});
