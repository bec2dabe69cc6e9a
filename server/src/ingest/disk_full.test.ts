import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FakeStore } from './fake_store.ts';
import { IngestUnavailable, openIngest } from './ingest.ts';
import { keptLog, SMALL_LIMITS, section } from './ingest_setup.ts';

const MIB = 1024 * 1024;

/** A file system of 24 MiB, or undefined where we may not mount one. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'trilith-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]).status === 0;
  t.after(() => {
    if (mounted) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return mounted ? folder : undefined;
}

test('ten rounds of a full and freed disk of 24 MiB: refused before ENOSPC, nothing falsely acknowledged', async (t) => {
  const folder = smallDisk(t);
  if (folder === undefined) {
    t.skip('mounting a tmpfs is not allowed here; ingest.test.ts does the same on a disk in memory');
    return;
  }
  const store = new FakeStore();
  const limits = {
    ...SMALL_LIMITS,
    segmentBytes: MIB,
    freeBytes: 2 * MIB,
    freeRatio: 0.1,
    batchMs: 5,
    groupDelayMs: 1,
  };
  const ingest = await openIngest({
    dataDirectory: folder,
    store,
    log: keptLog().log,
    limits,
    onPoison: (error) => assert.fail(`poisoned: ${error.message}`),
    diskLookMs: 20,
    checkpointMs: 10,
  });
  const stored: number[] = [];
  let item = 0;
  let refusals = 0;
  const free = (): number => statfsSync(folder).bavail * statfsSync(folder).bsize;
  for (let round = 0; round < 10; round++) {
    writeFileSync(join(folder, 'ballast'), new Uint8Array(Math.max(0, free() - 5 * MIB)));
    const before = refusals;
    while (refusals === before) {
      const mine = item++;
      try {
        await ingest.append('t', [section('samples', mine, 1, 100_000)]);
        stored.push(mine);
      } catch (error) {
        assert.ok(error instanceof IngestUnavailable && error.retryAfterSeconds > 0, String(error));
        refusals++;
      }
      if (refusals === before) store.down = item % 7 !== 0;
    }
    assert.ok(free() > MIB, 'refused while there was still space');
    rmSync(join(folder, 'ballast'));
    store.down = false;
    const until = performance.now() + 5000;
    while (ingest.refusal() !== undefined) {
      assert.ok(performance.now() < until, 'not taken again within 5 s after there was space');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await ingest.flush();
  }
  await ingest.close();
  assert.deepEqual(store.items('samples'), stored);
  assert.ok(stored.length > 50);
});
