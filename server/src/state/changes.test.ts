import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Change } from '@trilith/contract';
import type { Section } from '../model/section.ts';
import { bind, openStore, type Store, sectionRows, sql } from '../store/index.ts';
import { type Changes, openChanges, StateUnavailable } from './index.ts';

const TENANT = 'state_test';
let directory: string;
let store: Store;
let appended = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'state-'));
  store = await openStore({ kind: 'embedded', dataDir: directory });
  await store.ensureDatabase(TENANT);
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function append(tenant: string, sections: readonly Section[]): Promise<void> {
  for (const row of sections.flatMap(sectionRows)) {
    appended++;
    const { kind, id, version, body, author, time } = row;
    await store.writer.command(
      sql`INSERT INTO state (kind, id, version, body, author, time) SELECT ${bind.string(String(kind))}, ${bind.string(String(id))},
        ${bind.uint64(Number(version))}, ${bind.string(String(body))}, ${bind.string(String(author))}, fromUnixTimestamp64Milli(${bind.int64(Number(time))})`,
      { database: tenant },
    );
  }
}

function open(isReady = true): Changes {
  return openChanges({
    append,
    flush: async () => undefined,
    reader: () => (isReady ? store.reader : undefined),
    nowMs: () => 1_790_000_000_000,
  });
}

function change(id: string, more: Partial<Change> = {}): Change {
  return {
    id,
    timeMs: 1_790_000_000_000,
    endMs: null,
    service: 'payments-api',
    environment: 'production',
    kind: 'deploy',
    title: `deploy ${id}`,
    version: 'v1',
    commit: '',
    url: '',
    author: 'ada',
    ...more,
  };
}

const EVER = { fromMs: 0, toMs: 2_000_000_000_000, service: undefined };

test('changes are there after a start anew, the newest version of each', async () => {
  const changes = open();
  await changes.record(TENANT, change('a'));
  await changes.record(TENANT, change('b', { timeMs: 1_790_000_000_500 }));
  await changes.record(TENANT, change('a', { endMs: 1_790_000_060_000 }));
  const seen = await changes.within(TENANT, EVER);
  assert.deepEqual(
    seen.map(({ id, endMs }) => [id, endMs]),
    [
      ['a', 1_790_000_060_000],
      ['b', null],
    ],
  );
  assert.deepEqual(await open().within(TENANT, EVER), seen);
});

test('the same change again is no new version, and concurrent writers do not share one', async () => {
  const changes = open();
  const before_ = appended;
  await changes.record(TENANT, change('same'));
  await changes.record(TENANT, change('same'));
  assert.equal(appended, before_ + 1);
  await Promise.all([1, 2, 3].map((n) => changes.record(TENANT, change('busy', { title: `t${n}` }))));
  assert.equal((await open().within(TENANT, EVER)).find(({ id }) => id === 'busy')?.title, 't3');
});

test('a range holds what went on in it; a service also what concerns every one', async () => {
  const changes = open();
  await changes.record(TENANT, change('all', { service: '', timeMs: 1_000, endMs: 5_000 }));
  await changes.record(TENANT, change('cart', { service: 'cart', timeMs: 2_000 }));
  const ids = async (fromMs: number, toMs: number, service?: string): Promise<string[]> =>
    (await changes.within(TENANT, { fromMs, toMs, service })).map(({ id }) => id);
  assert.deepEqual(await ids(0, 10_000), ['all', 'cart']);
  assert.deepEqual(await ids(0, 10_000, 'payments-api'), ['all']);
  assert.deepEqual(await ids(4_000, 10_000), ['all']);
  assert.deepEqual(await ids(5_001, 10_000), []);
  assert.deepEqual(await ids(0, 999), []);
});

test('before the store has answered nothing is known, and later it is', async () => {
  await assert.rejects(open(false).within(TENANT, EVER), StateUnavailable);
});
