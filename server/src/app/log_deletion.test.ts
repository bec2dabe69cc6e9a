import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELETION_PATHS } from '../api/loki/index.ts';
import { createLogger } from '../base/telemetry/log.ts';
import { LogqlError } from '../query/index.ts';
import type { LogDeletions } from '../store/index.ts';
import { createLogDeletion } from './log_deletion.ts';

const REQUEST = { query: '{user_id="7"}', startNs: '1', endNs: '9' };
const PLAN = '{"records":{"kind":"keys","keys":{"$keys":["18446744073709551615"]}},"streams":[{"$":"5"}]}';

/** A deletion over parts that note, in order, what they are asked. */
function setup({ planned = PLAN, status = 200, versions = [] as readonly number[] } = {}) {
  const seen: string[] = [];
  const deletions: LogDeletions = {
    note: async (_, _id, { query }, stage) => void seen.push(`${stage} ${query}`),
    all: async () => versions.map((version, i) => ({ id: String(i), body: REQUEST, version, createdMs: 7 })),
    async hide(_, startNs, endNs, records) {
      seen.push(`hide ${startNs} ${endNs} ${records.kind === 'keys' ? records.keys.join() : 'predicate'}`);
    },
    async forgetStreams(_, ids) {
      seen.push(`forget ${ids.join()}`);
      return ids;
    },
    clean: async () => void seen.push('clean'),
  };
  const purged = Promise.withResolvers<void>();
  const deletion = createLogDeletion({
    deletions,
    queries: {
      async call({ path, body }) {
        if (path === DELETION_PATHS.plan) return { status, headers: {}, body: planned };
        seen.push(`index forgets ${new BigUint64Array(body.buffer).join()}`);
        return { status: 204, headers: {}, body: '' };
      },
      invalidate: () => void seen.push('memory begins anew'),
    },
    ingest: {
      flush: async () => void seen.push('flush'),
      async purge() {
        seen.push('purge');
        purged.resolve();
      },
    },
    rowsDeleted: () => void seen.push('decoder forgets'),
    log: createLogger({ service: 'test', level: 'FATAL', write: () => undefined }),
  });
  return { deletion, seen, purged: purged.promise };
}

const HIDING = [
  'flush',
  'hide 1 9 18446744073709551615',
  'forget 5',
  'decoder forgets',
  'index forgets 5',
  'memory begins anew',
];

test('the wish is kept first; the answer comes when nothing is seen any more, the disk and the log follow', async () => {
  const { deletion, seen, purged } = setup();
  await deletion.delete('trilith', REQUEST);
  assert.deepEqual(seen.slice(0, 8), [`asked ${REQUEST.query}`, ...HIDING, `hidden ${REQUEST.query}`]);
  await purged;
  assert.deepEqual(seen.slice(8, 10), ['clean', 'purge']);
});

test('what a stop interrupted is finished from where it was', async () => {
  const { deletion, seen } = setup({ versions: [3, 2, 1, 4] });
  await deletion.resume(['trilith']);
  const removing = ['clean', 'purge', `done ${REQUEST.query}`];
  assert.deepEqual(seen, [...removing, ...HIDING, `hidden ${REQUEST.query}`, ...removing]);
});

test('a query that cannot be deleted by is refused and not tried again', async () => {
  const { deletion, seen } = setup({ status: 400, planned: 'too many' });
  await assert.rejects(deletion.delete('trilith', REQUEST), LogqlError);
  assert.deepEqual(seen, [`asked ${REQUEST.query}`, 'flush', `refused ${REQUEST.query}`]);
});

test('a list shows what was taken, and whether it is done', async () => {
  const { deletion } = setup({ versions: [1, 2, 3, 4] });
  assert.deepEqual(
    (await deletion.list('trilith')).map(({ id, done }) => [id, done]),
    [
      ['0', false],
      ['1', false],
      ['2', true],
    ],
  );
});
