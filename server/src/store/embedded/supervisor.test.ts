import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Day } from '../../model/units.ts';
import { countByBatch, detachedParts } from '../parts.ts';
import { SAMPLE_DAY, sampleBlock } from '../sample_rows.ts';
import { openStore, type Store } from '../store.ts';
import { TABLES } from '../tables.ts';
import { EngineStartError } from './supervisor.ts';

const directories: string[] = [];
after(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trilith-engine-'));
  directories.push(path);
  return path;
}

async function until(fact: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await fact())) {
    assert.ok(Date.now() < deadline, `never: ${what}`);
    await delay(10);
  }
}

function insertSamples(store: Store, batch: bigint): Promise<void> {
  const columns = TABLES.samples.map(([name]) => name);
  return store.writer.insert('samples', columns, sampleBlock('samples', 100, batch, 1), { database: 'trilith' });
}

function countSamples(store: Store, batch: bigint): Promise<number> {
  return countByBatch(store.reader, 'trilith', 'samples', SAMPLE_DAY as Day, batch);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process.
    return false;
  }
}

test('a killed engine comes back at the same address with its data', async () => {
  const store = await openStore({ kind: 'embedded', dataDir: await directory() });
  try {
    await store.ensureDatabase('trilith');
    const states: string[] = [];
    store.onStateChange((state) => states.push(state));
    for (const batch of [1n, 2n, 3n]) {
      await insertSamples(store, batch);
      const pid = store.enginePid();
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGKILL');
      await until(() => store.state() === 'ready' && store.enginePid() !== pid, 'ready again');
      assert.equal(await countSamples(store, batch), 100);
    }
    assert.deepEqual(states, Array(3).fill(['down', 'starting', 'ready']).flat());
    assert.deepEqual(await detachedParts(store.reader), []);
  } finally {
    await store.close();
  }
});

test('threads that merge parts have less weight than those of queries and inserts, in an engine started again too', {
  skip: process.platform !== 'linux' && 'threads have no priorities of their own here',
}, async () => {
  const store = await openStore({ kind: 'embedded', dataDir: await directory() });
  try {
    await store.ensureDatabase('trilith');
    const first = store.enginePid();
    assert.ok(first !== undefined);
    await until(async () => (await mergePriorities(first)).join() === '5', 'lower priority');
    assert.equal(getPriority(first), 0);
    process.kill(first, 'SIGKILL');
    await until(() => store.state() === 'ready' && store.enginePid() !== first, 'ready again');
    await until(async () => (await mergePriorities(store.enginePid() ?? 0)).join() === '5', 'lower priority again');
  } finally {
    await store.close();
  }
});

async function mergePriorities(pid: number): Promise<number[]> {
  const names = await Promise.all(
    (await readdir(`/proc/${pid}/task`)).map(async (thread) => ({
      thread,
      name: await readFile(`/proc/${pid}/task/${thread}/comm`, 'utf8').catch(() => ''),
    })),
  );
  return names.filter(({ name }) => name.startsWith('MergeMutate')).map(({ thread }) => getPriority(Number(thread)));
}

test('closing ends the engine and keeps the data', async () => {
  const dataDir = await directory();
  const log: string[] = [];
  const first = await openStore({ kind: 'embedded', dataDir, onLog: (line) => log.push(line) });
  await first.ensureDatabase('trilith');
  await insertSamples(first, 1n);
  const pid = first.enginePid();
  await first.close();
  assert.ok(pid !== undefined && !alive(pid));
  // It was asked, not killed.
  assert.deepEqual(
    log.filter((line) => line.includes('could not ask')),
    [],
  );
  const second = await openStore({ kind: 'embedded', dataDir });
  assert.equal(await countSamples(second, 1n), 100);
  await second.close();
});

test('a directory in use is refused with the engine’s reason', async () => {
  const dataDir = await directory();
  const store = await openStore({ kind: 'embedded', dataDir });
  try {
    await assert.rejects(
      openStore({ kind: 'embedded', dataDir }),
      (error) => error instanceof EngineStartError && /lock/i.test(error.message),
    );
    await store.ensureDatabase('trilith');
  } finally {
    await store.close();
  }
});

test('a damaged part is reported after the start', async () => {
  const dataDir = await directory();
  const first = await openStore({ kind: 'embedded', dataDir });
  await first.ensureDatabase('trilith');
  await insertSamples(first, 1n);
  await first.close();
  const part = (await readdir(join(dataDir, 'store'), { recursive: true })).find((path) =>
    /20261122_1_1_0\/data\.bin$/.test(path),
  );
  assert.ok(part !== undefined);
  const file = await open(join(dataDir, 'store', part), 'r+');
  await file.truncate(10);
  await file.close();
  const second = await openStore({ kind: 'embedded', dataDir });
  try {
    assert.equal(await countSamples(second, 1n), 0);
    const [lost, ...others] = await detachedParts(second.reader);
    assert.deepEqual(others, []);
    assert.deepEqual([lost?.database, lost?.table, lost?.reason], ['trilith', 'samples', 'broken-on-start']);
    assert.equal(lost?.partition, '20261122');
  } finally {
    await second.close();
  }
});

for (const watch of process.platform === 'linux' ? ['kernel', 'thread'] : ['thread']) {
  test(`the engine dies with a killed parent (watched by ${watch})`, async () => {
    const source = `
      import { startEngine } from ${JSON.stringify(new URL('./supervisor.ts', import.meta.url).href)};
      const engine = await startEngine({ dataDir: ${JSON.stringify(await directory())}, watch: '${watch}' });
      console.log(engine.pid());`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const pid = Number(line);
    assert.ok(pid > 0 && alive(pid));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(async () => !alive(pid) || (await isZombie(pid)), 'the engine is gone');
  });
}

/** Where nobody reaps orphans a dead process stays in the table. */
async function isZombie(pid: number): Promise<boolean> {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && / Z /.test(await readFile(path, 'utf8'));
}

test('an idle engine stays below 300 MiB and starts in five seconds on a busy machine', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async (t) => {
  const startedAt = performance.now();
  const store = await openStore({ kind: 'embedded', dataDir: await directory() });
  const startMs = performance.now() - startedAt;
  try {
    await store.ensureDatabase('trilith');
    await insertSamples(store, 1n);
    const status = await readFile(`/proc/${store.enginePid()}/status`, 'utf8');
    const mebibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    t.diagnostic(`ready in ${startMs.toFixed(0)} ms, ${mebibytes.toFixed(0)} MiB resident`);
    assert.ok(mebibytes < 300, `${mebibytes} MiB`);
    assert.ok(startMs < 5000, `${startMs} ms`);
  } finally {
    await store.close();
  }
});
