import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles, type Operation } from './memory_files.ts';
import { SEGMENT_HEADER_BYTES } from './segment_frame.ts';
import { AppendError, SegmentLog, type SegmentLogOptions } from './segment_log.ts';
import { listSegments, readSegment } from './segment_reader.ts';

const DIRECTORY = '/wal';

function makeLog(files: MemoryFiles, options: Partial<SegmentLogOptions> = {}): SegmentLog {
  return new SegmentLog({
    files,
    directory: DIRECTORY,
    nextSeq: 1,
    segmentBytes: 4096,
    groupDelayMs: 0,
    groupBytes: 1 << 20,
    nowMs: () => 1_700_000_000_000,
    onPoison: () => {},
    onSealed: () => {},
    onSync: () => {},
    ...options,
  });
}

const frame = (n: number, size = 100): Uint8Array[] => [
  new Uint8Array([n & 0xff, n >> 8]),
  new Uint8Array(size).fill(n),
];

async function readAll(files: MemoryFiles): Promise<{ numbers: number[]; bad: number }> {
  const numbers: number[] = [];
  let bad = 0;
  for (const segment of await listSegments(files, DIRECTORY)) {
    for await (const event of readSegment(files, `${DIRECTORY}/${segment.name}`, segment, { maxPayload: 1 << 20 })) {
      if (event.kind !== 'frame') bad++;
      else numbers.push((event.frame.payload[0] ?? 0) + 256 * (event.frame.payload[1] ?? 0));
    }
  }
  return { numbers, bad };
}

async function outcome(append: Promise<unknown>): Promise<string> {
  try {
    await append;
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof AppendError, String(error));
    return error.kind;
  }
}

test('frames appended at once share one sync and keep their order over several segments', async () => {
  const files = new MemoryFiles();
  let syncs = 0;
  const sealed: string[] = [];
  const log = makeLog(files, { groupDelayMs: 100, onSync: () => syncs++, onSealed: ({ name }) => sealed.push(name) });
  const positions = await Promise.all(Array.from({ length: 20 }, (_, n) => log.append(1, frame(n))));
  assert.equal(syncs, 1);
  assert.deepEqual(
    positions.map(({ seq }) => seq),
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(1, frame(20 + n))));
  await log.close();
  assert.ok(sealed.length >= 3);
  assert.deepEqual(await readAll(files), { numbers: Array.from({ length: 120 }, (_, n) => n), bad: 0 });
});

test('what was acknowledged is there after a power loss that keeps nothing unsynced', async () => {
  for (let operations = 1; operations < 40; operations++) {
    const files = new MemoryFiles();
    files.dieAfter(operations);
    const log = makeLog(files, { segmentBytes: 600 });
    const acknowledged: number[] = [];
    for (let n = 0; n < 30 && !files.isDead; n++) {
      await Promise.race([log.append(1, frame(n)).then(() => acknowledged.push(n)), files.dead]);
    }
    const { numbers } = await readAll(files.afterCrash('drop', Math.random));
    assert.deepEqual(numbers, acknowledged, `power lost before operation ${operations}`);
  }
});

test('a frame larger than a segment gets a segment of its own', async () => {
  const files = new MemoryFiles();
  const log = makeLog(files);
  await Promise.all([log.append(1, frame(1)), log.append(1, frame(2, 10_000)), log.append(1, frame(3))]);
  assert.deepEqual(await readAll(files), { numbers: [1, 2, 3], bad: 0 });
  assert.equal(log.segments.length, 3);
});

for (const [operation, code] of [
  ['write', 'EIO'],
  ['datasync', 'EIO'],
  ['datasync', 'ENOSPC'],
  ['syncDirectory', 'EIO'],
] as const) {
  test(`a failed ${operation} (${code}) poisons the log: nothing is acknowledged after it and nothing is synced again`, async () => {
    for (let nth = 1; nth <= 10; nth++) {
      const files = new MemoryFiles();
      let left = nth;
      let failed = false;
      let syncsAfter = 0;
      files.inject = (made: Operation) => {
        if (failed && made === 'datasync') syncsAfter++;
        if (made !== operation || --left !== 0) return undefined;
        failed = true;
        return { code };
      };
      let poison = 0;
      const log = makeLog(files, { segmentBytes: 500, onPoison: () => poison++ });
      const results: string[] = [];
      for (let n = 0; n < 30; n++) results.push(await outcome(log.append(1, frame(n))));
      const acknowledged = results.indexOf('poisoned');
      assert.ok(acknowledged >= 0);
      assert.ok(results.slice(0, acknowledged).every((result) => result === 'ok'));
      assert.ok(results.slice(acknowledged).every((result) => result === 'poisoned'));
      assert.deepEqual([poison, syncsAfter], [1, 0]);
      const { numbers } = await readAll(files.afterCrash('drop', Math.random));
      assert.deepEqual(
        numbers.slice(0, acknowledged),
        Array.from({ length: acknowledged }, (_, n) => n),
      );
    }
  });
}

test('short writes are continued', async () => {
  const files = new MemoryFiles();
  files.inject = (operation) => (operation === 'write' ? { short: 17 } : undefined);
  const log = makeLog(files);
  await Promise.all(Array.from({ length: 10 }, (_, n) => log.append(1, frame(n))));
  assert.deepEqual(await readAll(files), { numbers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], bad: 0 });
});

test('a full disk refuses, leaves no half frame, and goes on when there is space again', async () => {
  const files = new MemoryFiles();
  files.capacityBytes = 3000;
  const log = makeLog(files, { segmentBytes: 1000 });
  const stored: number[] = [];
  for (let round = 0; round < 10; round++) {
    let refused = 0;
    for (let n = 0; n < 40; n++) {
      const result = await outcome(log.append(1, frame(round * 40 + n)));
      if (result === 'ok') stored.push(round * 40 + n);
      else {
        assert.equal(result, 'full');
        refused++;
      }
    }
    assert.ok(refused > 0 && log.poisoned === undefined);
    files.capacityBytes += 2500;
  }
  assert.deepEqual(await readAll(files), { numbers: stored, bad: 0 });
  assert.deepEqual(await readAll(files.afterCrash('drop', Math.random)), { numbers: stored, bad: 0 });
});

test('a full disk whose half frame can not be cut off poisons the log', async () => {
  const files = new MemoryFiles();
  const log = makeLog(files);
  await log.append(1, frame(0));
  files.capacityBytes = files.usedBytes + 10;
  files.inject = (operation) => (operation === 'truncate' ? { code: 'EIO' } : undefined);
  assert.equal(await outcome(log.append(1, frame(1))), 'poisoned');
  assert.equal(await outcome(log.append(1, frame(2))), 'poisoned');
});

test('no file handle for a new segment refuses the append and nothing else', async () => {
  const files = new MemoryFiles();
  const log = makeLog(files, { segmentBytes: SEGMENT_HEADER_BYTES + 200 });
  assert.equal(await outcome(log.append(1, frame(0))), 'ok');
  files.inject = (operation) => (operation === 'create' ? { code: 'EMFILE' } : undefined);
  assert.equal(await outcome(log.append(1, frame(1))), 'full');
  files.inject = () => undefined;
  assert.equal(await outcome(log.append(1, frame(2))), 'ok');
  assert.deepEqual(await readAll(files), { numbers: [0, 2], bad: 0 });
});
