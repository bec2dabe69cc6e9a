import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openViews, type Views } from './index.ts';

const TENANT = 'views_test';

/** Views over a store that is empty and takes everything. */
function empty(): Views {
  const reader = {
    query: async function* () {},
    collect: () => Promise.resolve({ blocks: [] }),
  };
  return openViews({
    append: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    reader: () => reader as never,
    nowMs: () => 1_790_000_000_000,
  });
}

test('a view is kept under its name, the newest first, and taken away again', async () => {
  const views = empty();
  const view = (name: string, search: string) => ({ screen: 'logs' as const, name, search });
  assert.deepEqual(await views.of(TENANT, 'logs'), []);
  await views.keep(TENANT, view('a', 'q=1'));
  await views.keep(TENANT, view('b', 'q=2'));
  await views.keep(TENANT, view('a', 'q=3'));
  assert.deepEqual(await views.of(TENANT, 'logs'), [view('a', 'q=3'), view('b', 'q=2')]);
  await views.remove(TENANT, 'logs', 'a');
  await views.remove(TENANT, 'logs', 'unheard');
  assert.deepEqual(await views.of(TENANT, 'logs'), [view('b', 'q=2')]);
  await views.keep(TENANT, view('a', 'q=3'));
  assert.equal((await views.of(TENANT, 'logs')).length, 2);
  assert.deepEqual(await views.of('another', 'logs'), []);
});
