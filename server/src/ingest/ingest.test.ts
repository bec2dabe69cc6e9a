import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../base/memory_files.ts';
import type { Section } from '../model/section.ts';
import type { Day } from '../model/units.ts';
import { foldPatternCounts, LogPatternColumns, PatternCountTable, TextBuilder } from '../store/index.ts';
import { FakeStore, type Fate } from './fake_store.ts';
import { type Ingest, IngestUnavailable, openIngest } from './ingest.ts';
import { hashOf, ingestOptions, keptLog, SMALL_LIMITS, section } from './ingest_setup.ts';

const T = 'trilith';
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function refusalOf(append: Promise<unknown>): Promise<IngestUnavailable> {
  try {
    await append;
  } catch (error) {
    if (error instanceof IngestUnavailable) return error;
    throw error;
  }
  return assert.fail('it was not refused');
}

async function until(ingest: Ingest, fact: (status: ReturnType<Ingest['status']>) => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !fact(ingest.status()); i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(fact(ingest.status()), JSON.stringify(ingest.status()));
}

test('everything appended is in the store after a flush, once, with labels before values', async () => {
  const files = new MemoryFiles();
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files, store }));
  for (const i of range(0, 200)) await ingest.append(T, [section('samples', i), section('series', i)]);
  await ingest.flush();
  assert.deepEqual(store.items('samples'), range(0, 200));
  assert.deepEqual(store.items('series'), range(0, 200));
  for (const [at, key] of store.order.entries()) {
    if (key.table !== 'samples') continue;
    assert.ok(store.order.slice(0, at).some((other) => other.table === 'series' && other.batchId === key.batchId));
  }
  assert.equal(store.counted, 0, 'nothing was uncertain');
  await ingest.close();
});

test('tenants, tables and partitions of a batch are INSERTs of their own', async () => {
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }));
  await ingest.append('a', [section('samples', 1), { ...section('samples', 2), partition: 20_261_121 as never }]);
  await ingest.append('b', [section('samples', 3), section('otel_logs', 4)]);
  await ingest.flush();
  assert.equal(new Set(store.order.map(({ tenant, table, partition }) => `${tenant} ${table} ${partition}`)).size, 4);
  await ingest.close();
});

/** How often one pattern came, as a request says it. */
function patternSection(times: number): Section {
  const counts = new PatternCountTable();
  counts.add(1_790_000_000, 0, 0, 7, 0, times, 0);
  const words = new TextBuilder();
  words.append(Buffer.from('pay'), 0, 3);
  return new LogPatternColumns().sections(20_261_122 as Day, counts, words, words)[0] ?? assert.fail('no counts');
}

test('counts of patterns of a batch are stored added up, once, also when the answer was lost', async () => {
  const store = new FakeStore();
  store.fates = ['commit-then-fail'];
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }));
  const sections = [1, 2, 3, 4].map(patternSection);
  await Promise.all(sections.map((section) => ingest.append(T, [section])));
  await ingest.flush();
  assert.deepEqual([...store.batches.values()].flat(), foldPatternCounts(sections));
  assert.deepEqual([[...store.batches.values()].flat().length, store.counted], [1, 1]);
  await ingest.close();
});

test('segments go when everything in them is loaded, up to the retained ones, and their indexes with the window', async () => {
  const files = new MemoryFiles();
  const store = new FakeStore();
  let now = 1_790_000_000_000;
  const ingest = await openIngest(ingestOptions({ files, store }, { nowMs: () => now }));
  for (const i of range(0, 400)) await ingest.append(T, [section('samples', i, 1, 64)], { bodyHash: hashOf(i) });
  await ingest.flush();
  await until(ingest, ({ walSegments }) => walSegments <= SMALL_LIMITS.retainedSegments + 1);
  const before = (await files.list('/data/wal')).filter((name) => name.endsWith('.idx')).length;
  assert.ok(before > 5);
  now += SMALL_LIMITS.historyMs + 60_000;
  await ingest.append(T, [section('samples', 400)]);
  await ingest.flush();
  await ingest.close();
  const after = (await files.list('/data/wal')).filter((name) => name.endsWith('.idx')).length;
  assert.ok(after <= SMALL_LIMITS.retainedSegments + 2, `${after} indexes left`);
});

test('after a purge nothing appended before is in the log; later records are, across a restart too', async () => {
  const files = new MemoryFiles();
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files, store }));
  const logged = async (bytes: Uint8Array): Promise<boolean> => {
    const names = await files.list('/data/wal');
    return names.some((name) => Buffer.from(files.peek(`/data/wal/${name}`) ?? []).includes(bytes));
  };
  const secret = section('otel_logs', 7, 1, 64);
  const { block } = { block: secret.block.slice() };
  await ingest.append(T, [secret]);
  assert.ok(await logged(block));
  const racing = range(100, 120).map((i) => ingest.append(T, [section('samples', i)]));
  await ingest.purge();
  assert.ok(!(await logged(block)));
  await Promise.all(racing);
  await ingest.append(T, [section('samples', 8)]);
  await ingest.purge();
  await ingest.append(T, [section('samples', 9)]);
  await ingest.close();
  const again = await openIngest(ingestOptions({ files, store }));
  await again.append(T, [section('samples', 10)]);
  await again.flush();
  assert.deepEqual(
    store.items('samples').toSorted((a, b) => a - b),
    [8, 9, 10, ...range(100, 120)],
  );
  await again.close();
});

test('while the store is down appends go on in bounded memory, and all of it is loaded afterwards', async () => {
  const store = new FakeStore();
  store.down = true;
  const limits = { ...SMALL_LIMITS, pendingBytes: 4000, batchBytes: 1000, segmentBytes: 8192 };
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }, { limits }));
  for (const i of range(0, 1000)) {
    await ingest.append(T, [section('samples', i, 1, 100)]);
    assert.ok(ingest.status().pendingBytes <= 4000);
  }
  assert.ok(ingest.status().bytesBehind > 100_000);
  assert.ok(ingest.status().oldestUnloadedMs >= 0 && ingest.status().loader.inserts === 0);
  store.down = false;
  await ingest.flush();
  await until(ingest, ({ bytesBehind }) => bytesBehind === 0);
  assert.deepEqual(store.items('samples'), range(0, 1000));
  assert.equal(ingest.status().pendingBytes, 0);
  await ingest.close();
});

test('an INSERT whose answer was lost is not made twice, one that did nothing is made again', async () => {
  const store = new FakeStore();
  store.fates = ['commit-then-fail', 'fail', 'fail', 'ok', 'fail', 'commit-then-fail', 'commit-then-fail', 'ok'];
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }));
  for (const i of range(0, 12)) {
    await ingest.append(T, [section('samples', i)]);
    await ingest.flush();
  }
  assert.deepEqual(store.items('samples'), range(0, 12));
  assert.equal(ingest.status().loader.alreadyStored, 3);
  await ingest.close();
});

test('a batch found half in the store is removed and inserted whole', async () => {
  const store = new FakeStore();
  store.fates = ['half'];
  const { log, lines } = keptLog();
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }, { log }));
  await Promise.all(range(0, 8).map((i) => ingest.append(T, [section('samples', i)])));
  await ingest.flush();
  assert.deepEqual(store.items('samples'), range(0, 8));
  assert.equal(ingest.status().loader.partial, 1);
  assert.ok(lines.some((line) => line.includes('only partly in the store')));
  await ingest.close();
});

test('a batch the store refuses is set aside and does not stop the others', async () => {
  const files = new MemoryFiles();
  const store = new FakeStore();
  store.fates = ['reject', 'reject', 'ok', ...new Array<Fate>(6).fill('reject')];
  const ingest = await openIngest(ingestOptions({ files, store }));
  for (const i of range(0, 3)) {
    await ingest.append(T, [section('samples', i)]);
    await ingest.flush();
  }
  assert.deepEqual(store.items('samples'), [0, 2], 'the first was refused in passing, the second for good');
  assert.equal(ingest.status().loader.refused, 1);
  assert.equal((await files.list('/data/wal/refused')).length, 1);
  await ingest.close();
});

test('a byte-identical retry is acknowledged and not stored again, also after a restart and after its segment is gone', async () => {
  let files = new MemoryFiles();
  const store = new FakeStore();
  let ingest = await openIngest(ingestOptions({ files, store }));
  for (const i of range(0, 200)) {
    assert.equal(await ingest.append(T, [section('samples', i, 1, 64)], { bodyHash: hashOf(i) }), 'stored');
  }
  await ingest.flush();
  await until(ingest, ({ walSegments }) => walSegments <= 3);
  for (const round of ['kill', 'close', 'kill'] as const) {
    for (const i of range(0, 200)) {
      assert.ok(ingest.seenBefore(hashOf(i)));
      assert.equal(await ingest.append(T, [section('samples', i)], { bodyHash: hashOf(i) }), 'duplicate');
    }
    if (round === 'close') await ingest.close();
    files = files.afterCrash('drop', Math.random);
    ingest = await openIngest(ingestOptions({ files, store }));
  }
  await ingest.flush();
  assert.deepEqual(store.items('samples'), range(0, 200));
  assert.ok(!ingest.seenBefore(hashOf(999)));
  await ingest.close();
});

test('an identical request while the first is under way shares its fate', async () => {
  const files = new MemoryFiles();
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files, store }));
  const both = [1, 2].map(() => ingest.append(T, [section('samples', 1)], { bodyHash: hashOf(1) }));
  assert.deepEqual((await Promise.all(both)).sort(), ['duplicate', 'stored']);
  files.inject = (operation) => (operation === 'write' ? { code: 'EIO' } : undefined);
  const failing = [1, 2].map(() => refusalOf(ingest.append(T, [section('samples', 2)], { bodyHash: hashOf(2) })));
  assert.deepEqual(
    (await Promise.all(failing)).map(({ reason }) => reason),
    ['poisoned', 'poisoned'],
  );
  assert.ok(!ingest.seenBefore(hashOf(2)));
  await ingest.close(0);
});

test('a remembered body is forgotten after ten minutes', async () => {
  let now = 1_790_000_000_000;
  const files = new MemoryFiles();
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files, store }, { nowMs: () => now }));
  await ingest.append(T, [section('samples', 1)], { bodyHash: hashOf(1) });
  now += 9 * 60_000;
  assert.equal(await ingest.append(T, [section('samples', 1)], { bodyHash: hashOf(1) }), 'duplicate');
  now += 3 * 60_000;
  await ingest.append(T, [section('samples', 2)], { bodyHash: hashOf(2) });
  assert.equal(await ingest.append(T, [section('samples', 1)], { bodyHash: hashOf(1) }), 'stored');
  await ingest.close();
});

test('a failed sync refuses everything from then on and tells the program once', async () => {
  const files = new MemoryFiles();
  const poison: Error[] = [];
  const options = ingestOptions({ files, store: new FakeStore() }, { onPoison: (error) => poison.push(error) });
  const ingest = await openIngest(options);
  await ingest.append(T, [section('samples', 1)]);
  files.inject = (operation) => (operation === 'datasync' ? { code: 'EIO' } : undefined);
  for (let i = 0; i < 3; i++) {
    const refusal = await refusalOf(ingest.append(T, [section('samples', 2)]));
    assert.deepEqual([refusal.reason, refusal.retryAfterSeconds > 0], ['poisoned', true]);
  }
  assert.equal(poison.length, 1);
  assert.ok(ingest.status().poisoned);
  await ingest.close(0);
});

test('a log at its size limit refuses and takes again when the store has caught up', async () => {
  const store = new FakeStore();
  store.down = true;
  const limits = { ...SMALL_LIMITS, logBytes: 20_000 };
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }, { limits }));
  let stored = 0;
  while (ingest.refusal() === undefined) await ingest.append(T, [section('samples', stored++, 1, 500)]);
  assert.equal((await refusalOf(ingest.append(T, [section('samples', stored)]))).reason, 'log-full');
  store.down = false;
  await until(ingest, ({ refusing }) => refusing === undefined);
  await ingest.append(T, [section('samples', stored++)]);
  await ingest.flush();
  assert.deepEqual(store.items('samples'), range(0, stored));
  await ingest.close();
});

test('below the disk reserve nothing is taken, before the disk is full, and again when there is space, without a restart', async () => {
  const files = new MemoryFiles();
  files.capacityBytes = 200_000;
  const limits = { ...SMALL_LIMITS, freeBytes: 20_000, freeRatio: 0.1 };
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files, store }, { limits, diskLookMs: 5 }));
  let stored = 0;
  for (let round = 0; round < 10; round++) {
    files.put('/data/other', new Uint8Array(Math.max(0, 200_000 - 60_000 - files.usedBytes)));
    for (;;) {
      try {
        await ingest.append(T, [section('samples', stored, 1, 1000)]);
        stored++;
      } catch (error) {
        assert.ok(error instanceof IngestUnavailable && error.reason === 'disk', String(error));
        break;
      }
    }
    assert.ok(files.capacityBytes - files.usedBytes >= 10_000, 'refused before the disk was full');
    files.delete('/data/other');
    await until(ingest, ({ refusing }) => refusing === undefined);
  }
  await ingest.flush();
  assert.deepEqual(store.items('samples'), range(0, stored));
  await ingest.close();
});

test('after parts were detached, batches still in the log are held against the store and fed again', async () => {
  const files = new MemoryFiles();
  const store = new FakeStore();
  const ingest = await openIngest(ingestOptions({ files, store }));
  for (const i of range(0, 20)) {
    await ingest.append(T, [section('samples', i)]);
    await ingest.flush();
  }
  const [lost] = store.batches.keys();
  store.batches.delete(lost ?? '');
  store.detached = [{ tenant: T, table: 'samples', partition: '20261122', name: 'broken-on-start', reason: 'broken' }];
  ingest.engineRestarted();
  await until(ingest, ({ loader }) => loader.inserts === 21);
  assert.deepEqual(store.items('samples'), range(0, 20));
  await ingest.close();
  store.batches.delete([...store.batches.keys()].at(-1) ?? '');
  const { log, lines } = keptLog();
  const again = await openIngest(ingestOptions({ files: files.afterCrash('drop', Math.random), store }, { log }));
  await again.flush();
  assert.deepEqual(store.items('samples'), range(0, 20));
  assert.ok(lines.some((line) => line.includes('broken-on-start')));
  await again.close();
});

test('batch ids start above everything an earlier run can have used, even when its log is lost', async () => {
  const store = new FakeStore();
  let now = 1_790_000_000_000;
  const ids: number[] = [];
  for (let run = 0; run < 3; run++) {
    const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }, { nowMs: () => now }));
    for (const i of range(0, 50)) {
      await ingest.append(T, [section('samples', i)]);
      await ingest.flush();
    }
    ids.push(...store.order.splice(0).map(({ batchId }) => batchId));
    await ingest.close();
    now += 1000;
  }
  assert.equal(new Set(ids).size, 150);
});

test('the memory of blocks is given back once they are in the store, and not before', async () => {
  const store = new FakeStore();
  const blocks = range(0, 20).map((i) => section('samples', i));
  const spent: ArrayBuffer[] = [];
  let loadedFirst = true;
  const onSpent = (buffers: readonly ArrayBuffer[]): void => {
    spent.push(...buffers);
    loadedFirst &&= store.items('samples').length >= spent.length;
  };
  const ingest = await openIngest(ingestOptions({ files: new MemoryFiles(), store }, { onSpent }));
  for (const block of blocks) await ingest.append(T, [block]);
  await ingest.flush();
  assert.deepEqual(new Set(spent), new Set(blocks.map(({ block }) => block.buffer)));
  assert.equal(spent.length, blocks.length);
  assert.ok(loadedFirst);
  await ingest.close();
});
