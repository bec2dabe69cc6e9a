import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERNAL_PATHS } from '../api/prometheus/index.ts';
import type { DeletionRequest, Deletions } from '../store/index.ts';
import { createSeriesDeletion } from './series_deletion.ts';

const NOW = 1_000_000;

/** A deletion over parts that note, in order, what they are asked. */
function setup(ids: readonly bigint[], pending: readonly DeletionRequest[] = [], fail = false) {
  const seen: string[] = [];
  const bytes = (list: readonly bigint[]) => new Uint8Array(BigUint64Array.from(list).buffer);
  const deletions: Deletions = {
    request: async (_, { toMs }) => void seen.push(`request to ${toMs}`),
    run: async (_, deletion) => {
      seen.push(`run ${deletion.ids.join()} to ${deletion.toMs}`);
      if (fail) throw new Error('the store went away');
      return BigUint64Array.of(7n);
    },
    done: async () => void seen.push('done'),
    pending: async () => pending,
    clean: async () => void seen.push('clean'),
  };
  const deletion = createSeriesDeletion({
    deletions,
    queries: {
      async call({ path, body }) {
        if (path === INTERNAL_PATHS.selectIds) {
          seen.push('select');
          return { status: 200, headers: {}, body: bytes(ids) };
        }
        seen.push(`forget ${new BigUint64Array(body.buffer).join()}`);
        return { status: 204, headers: {}, body: '' };
      },
      invalidate: () => void seen.push('invalidate'),
    },
    ingest: { flush: async () => void seen.push('flush') },
    rowsDeleted: () => void seen.push('rows deleted'),
    nowMs: () => NOW,
  });
  return { deletion, seen };
}

const REQUEST = { selectors: ['up'], fromMs: 0, toMs: NOW * 2 };

test('the wish is on disk first, the log is emptied, and memory forgets after the store', async () => {
  const { deletion, seen } = setup([5n, 7n]);
  await deletion.delete('trilith', REQUEST);
  assert.deepEqual(seen, [
    `request to ${NOW}`,
    'flush',
    'select',
    `run 5,7 to ${NOW}`,
    'rows deleted',
    'invalidate',
    'forget 7',
    'done',
  ]);
});

test('where nothing is selected, nothing is run', async () => {
  const { deletion, seen } = setup([]);
  await deletion.delete('trilith', REQUEST);
  assert.deepEqual(seen, [`request to ${NOW}`, 'flush', 'select', 'done']);
});

test('a deletion that fails is not done, and the next one has its turn', async () => {
  const { deletion, seen } = setup([5n], [], true);
  const first = deletion.delete('trilith', REQUEST);
  const second = deletion.clean('trilith');
  await assert.rejects(first, /went away/);
  await second;
  assert.ok(!seen.includes('done'));
  assert.equal(seen.at(-1), 'clean');
});

test('what a crash interrupted is finished', async () => {
  const { deletion, seen } = setup([5n], [{ id: 'a', selectors: ['up'], fromMs: 0, toMs: 9 }]);
  assert.equal(await deletion.resume('trilith'), 1);
  assert.deepEqual(seen, ['flush', 'select', 'run 5 to 9', 'rows deleted', 'invalidate', 'forget 7', 'done']);
});
