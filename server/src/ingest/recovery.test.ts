import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../base/memory_files.ts';
import { encodeSegmentHeader } from '../base/segment_frame.ts';
import { parseSegmentName, segmentName } from '../base/segment_reader.ts';
import { FakeStore } from './fake_store.ts';
import { type IngestStatus, openIngest } from './ingest.ts';
import { hashOf, ingestOptions, keptLog, SMALL_LIMITS, section } from './ingest_setup.ts';

const WAL = '/data/wal';
const ITEMS = 120;
const LIMITS = { ...SMALL_LIMITS, segmentBytes: 1500, batchBytes: 300 };
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A log of 120 frames over many segments that nothing was loaded from. */
async function unloadedLog(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const store = new FakeStore();
  store.down = true;
  const view = store.view(() => files.isDead);
  const ingest = await openIngest(ingestOptions({ files, store: view }, { limits: LIMITS }));
  for (const i of range(0, ITEMS)) await ingest.append('t', [section('samples', i, 1, 40)], { bodyHash: hashOf(i) });
  return files.afterCrash('drop', Math.random);
}

async function segmentsOf(files: MemoryFiles): Promise<string[]> {
  return (await files.list(WAL)).filter((name) => parseSegmentName(name) !== undefined).sort();
}

async function load(files: MemoryFiles): Promise<{ items: number[]; status: IngestStatus; lines: string[] }> {
  const store = new FakeStore();
  const { log, lines } = keptLog();
  const ingest = await openIngest(ingestOptions({ files, store }, { limits: LIMITS, log }));
  await ingest.flush();
  const status = ingest.status();
  await ingest.close();
  return { items: store.items('samples'), status, lines };
}

const peek = (files: MemoryFiles, name: string): Uint8Array => files.peek(`${WAL}/${name}`) ?? new Uint8Array();

test('a log nothing was loaded from is loaded whole', async () => {
  const { items, status } = await load(await unloadedLog());
  assert.deepEqual(items, range(0, ITEMS));
  assert.deepEqual([status.damage.corruptRanges, status.damage.lostFrames, status.bytesBehind], [0, 0, 0]);
});

test('a missing segment is reported with the number of its frames; the rest is loaded', async () => {
  const files = await unloadedLog();
  const names = await segmentsOf(files);
  files.delete(`${WAL}/${names[3]}`);
  const first = parseSegmentName(names[3] ?? '')?.firstSeq ?? 0;
  const next = parseSegmentName(names[4] ?? '')?.firstSeq ?? 0;
  const { items, status, lines } = await load(files);
  assert.deepEqual(items, [...range(0, first - 1), ...range(next - 1, ITEMS)]);
  assert.equal(status.damage.lostFrames, next - first);
  assert.ok(lines.some((line) => line.includes('frames are missing')));
});

test('damage inside a segment costs its frame, is copied aside and counted', async () => {
  for (const at of [70, 200, 333, 900, 1300]) {
    const files = await unloadedLog();
    const name = (await segmentsOf(files))[2] ?? '';
    const bytes = peek(files, name).slice();
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    files.put(`${WAL}/${name}`, bytes);
    const { items, status } = await load(files);
    assert.equal(items.length, ITEMS - 1);
    assert.deepEqual([status.damage.corruptRanges, status.damage.lostFrames], [1, 1]);
    const [aside = ''] = await files.list(`${WAL}/damaged`);
    assert.ok(aside.startsWith(name), aside);
    const [start = 0, end = 0] = aside
      .slice(name.length + 1, -4)
      .split('-')
      .map(Number);
    assert.deepEqual(files.peek(`${WAL}/damaged/${aside}`), bytes.slice(start, end));
  }
});

test('two segments with swapped contents load as if nothing had happened', async () => {
  const files = await unloadedLog();
  const [, a = '', b = ''] = await segmentsOf(files);
  const [bytesA, bytesB] = [peek(files, a).slice(), peek(files, b).slice()];
  files.put(`${WAL}/${a}`, bytesB);
  files.put(`${WAL}/${b}`, bytesA);
  assert.deepEqual((await load(files)).items, range(0, ITEMS));
});

test('a segment that is there twice is loaded once', async () => {
  const files = await unloadedLog();
  const name = (await segmentsOf(files))[2] ?? '';
  files.put(`${WAL}/${name.replace(/-.*/, '-ffffffff.wal')}`, peek(files, name));
  const { items, status } = await load(files);
  assert.deepEqual(items, range(0, ITEMS));
  assert.ok(status.damage.repeatedFrames > 0);
});

test('an empty or header-only newest segment is what a crash at its creation leaves', async () => {
  for (const bytes of [0, 1, 63, 64]) {
    const files = await unloadedLog();
    const header = encodeSegmentHeader({ salt: 7, firstSeq: ITEMS + 1, createdMs: 0 });
    files.put(`${WAL}/${segmentName(ITEMS + 1, 7)}`, header.subarray(0, bytes));
    const { items, status } = await load(files);
    assert.deepEqual(items, range(0, ITEMS));
    assert.deepEqual([status.damage.corruptRanges, status.damage.lostFrames], [0, 0], `${bytes} bytes`);
  }
});

test('a segment of another version is left alone and said so; the others are loaded', async () => {
  const files = await unloadedLog();
  const name = (await segmentsOf(files))[1] ?? '';
  const bytes = peek(files, name).slice();
  const { crc32c } = await import('@node-rs/crc32');
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 9, true);
  view.setUint32(60, crc32c(bytes.subarray(0, 60)), true);
  files.put(`${WAL}/${name}`, bytes);
  files.delete(`${WAL}/${name.replace('.wal', '.idx')}`);
  const { items, status } = await load(files);
  assert.ok(items.length < ITEMS && status.damage.foreignSegments === 1 && status.damage.lostFrames > 0);
  assert.deepEqual(files.peek(`${WAL}/${name}`), bytes);
});

test('damaged indexes and checkpoints cost time, never data', async () => {
  const untouched = await unloadedLog();
  const names = (await untouched.list(WAL)).filter((name) => !name.endsWith('.wal'));
  assert.ok(names.length > 3);
  for (const damage of [
    (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1),
    (bytes: Uint8Array) => bytes.map((b, i) => (i === 9 ? b ^ 1 : b)),
    () => new Uint8Array(),
  ]) {
    const files = await unloadedLog();
    for (const name of (await files.list(WAL)).filter((one) => !one.endsWith('.wal'))) {
      files.put(`${WAL}/${name}`, damage(peek(files, name)));
    }
    const { items, status } = await load(files);
    assert.deepEqual(items, range(0, ITEMS));
    assert.equal(status.rememberedBodies, ITEMS);
  }
});

test('after a damaged newest checkpoint the older one counts, and nothing is stored twice', async () => {
  let files = new MemoryFiles();
  const store = new FakeStore();
  for (let round = 0; round < 4; round++) {
    const ingest = await openIngest(ingestOptions({ files, store }, { limits: LIMITS }));
    for (const i of range(round * 30, round * 30 + 30)) await ingest.append('t', [section('samples', i)]);
    await ingest.flush();
    await ingest.close();
    files = files.afterCrash('drop', Math.random);
    for (const name of ['checkpoint.0.json', 'checkpoint.1.json'].slice(0, 1 + (round % 2))) {
      files.put(`${WAL}/${name}`, new Uint8Array(50));
    }
  }
  const ingest = await openIngest(ingestOptions({ files, store }, { limits: LIMITS }));
  await ingest.flush();
  assert.deepEqual(store.items('samples'), range(0, ITEMS));
  assert.ok(ingest.status().loader.alreadyStored > 0);
  await ingest.close();
});
