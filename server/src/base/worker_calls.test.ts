import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { WorkerCalls, WorkerLost } from './worker_calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'trilith-worker-'));
after(() => rmSync(folder, { recursive: true }));
const script = pathToFileURL(join(folder, 'worker.mjs'));
const calls = pathToFileURL(join(import.meta.dirname, 'worker_calls.ts')).href;
writeFileSync(
  script,
  `import { parentPort } from 'node:worker_threads';
import { serveCalls } from ${JSON.stringify(calls)};
let noticed = 0;
serveCalls(parentPort, async (request, signal) => {
  if (request === 'fail') throw new Error('no such thing');
  if (request === 'die') process.exit(3);
  if (request === 'noticed') return { value: noticed, transfer: [] };
  if (request === 'wait') await new Promise((resolve) => signal.addEventListener('abort', resolve));
  if (request === 'wait') return { value: signal.reason.message, transfer: [] };
  return { value: request.length, transfer: [] };
}, (notice) => { if (notice < 0) process.exit(4); noticed += notice; });
`,
);

function start(lost: Error[] = []): WorkerCalls<string | Uint8Array, unknown, number> {
  return new WorkerCalls({
    script,
    name: 'tested',
    workerData: null,
    maxOldGenerationMib: 64,
    onLost: (error) => lost.push(error),
  });
}

test('a call is answered, its buffer moved, and a notice arrives before what follows it', async () => {
  await using worker = start();
  const bytes = new Uint8Array(1000);
  assert.equal(await worker.call(bytes, [bytes.buffer]), 1000);
  assert.equal(bytes.byteLength, 0);
  worker.notify(2);
  worker.notify(3);
  assert.equal(await worker.call('noticed'), 5);
  assert.equal(worker.inFlight, 0);
});

test('a notice goes by itself when nothing follows it', async () => {
  const lost = Promise.withResolvers<Error>();
  await using worker = new WorkerCalls<string, unknown, number>({
    script,
    name: 'tested',
    workerData: null,
    maxOldGenerationMib: 64,
    onLost: (error) => lost.resolve(error),
  });
  worker.notify(-1);
  assert.match(String(await lost.promise), /code 4/);
});

test('what the handler throws is thrown here, and the worker goes on', async () => {
  await using worker = start();
  await assert.rejects(worker.call('fail'), /no such thing/);
  assert.equal(await worker.call('four'), 4);
});

test('an aborted signal cancels inside the worker', async () => {
  await using worker = start();
  const cancel = new AbortController();
  const answer = worker.call('wait', [], cancel.signal);
  cancel.abort();
  assert.equal(await answer, 'cancelled by the caller');
  assert.equal(await worker.call('wait', [], AbortSignal.abort()), 'cancelled by the caller');
});

test('a worker that dies fails its calls, is reported once, and is replaced', async () => {
  const lost: Error[] = [];
  await using worker = start(lost);
  const waiting = worker.call('wait');
  const dying = worker.call('die');
  await assert.rejects(dying, WorkerLost);
  await assert.rejects(waiting, WorkerLost);
  assert.equal(await worker.call('four'), 4);
  assert.equal(lost.length, 1);
});

test('after closing nothing is taken, and what was under way is lost', async () => {
  const worker = start();
  const waiting = assert.rejects(worker.call('wait'), WorkerLost);
  await worker[Symbol.asyncDispose]();
  await waiting;
  await assert.rejects(worker.call('four'), WorkerLost);
});

test('a worker that dies again and again is started less and less often, and says so', async () => {
  const lost: Error[] = [];
  await using worker = start(lost);
  await assert.rejects(worker.call('die'), WorkerLost);
  await assert.rejects(worker.call('die'), WorkerLost);
  await assert.rejects(worker.call('four'), /died 2 times and is started again soon/);
  for (;;) {
    const answer = await worker.call('four').catch((error: unknown) => error);
    if (answer === 4) break;
    assert.ok(answer instanceof WorkerLost);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(lost.length, 2);
});
