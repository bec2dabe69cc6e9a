import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBusyShare, createMergeGovernor } from './merge_governor.ts';

/** A governor on a clock of its own; `run` plays seconds with a given lag and returns what was done. */
function play(): {
  readonly run: (seconds: number, behindMs: number, load?: { busy: number; bytes: number }) => Promise<string[]>;
} {
  let nowMs = 0;
  let behind = 0;
  let busy = 0;
  let taken = 0;
  let done: string[] = [];
  const governor = createMergeGovernor({
    behindMs: () => behind,
    takenBytes: () => taken,
    busyShare: () => busy,
    pause: async () => void done.push('pause'),
    resume: async () => void done.push('resume'),
    now: () => nowMs,
    onError: (error) => done.push(String(error)),
  });
  return {
    async run(seconds, behindMs, load = { busy: 0, bytes: 0 }) {
      done = [];
      behind = behindMs;
      busy = load.busy;
      for (let i = 0; i < seconds; i++) {
        nowMs += 1000;
        taken += load.bytes;
        governor.look();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return done;
    },
  };
}

test('merges run while data is queryable in time', async () => {
  assert.deepEqual(await play().run(600, 300), []);
});

test('merges wait while data is late and run again when ingest has been level for a while', async () => {
  const { run } = play();
  assert.deepEqual(await run(10, 2000), ['pause']);
  assert.deepEqual(await run(3, 100), []);
  assert.deepEqual(await run(2, 100), ['resume']);
});

test('merges are never held back without end, and then get time to work', async () => {
  const { run } = play();
  assert.deepEqual(await run(91, 5000), ['pause']);
  assert.deepEqual(await run(1, 5000), ['resume']);
  assert.deepEqual(await run(28, 5000), []);
  assert.deepEqual(await run(5, 5000), ['pause']);
});

test('merges wait while a burst needs the whole machine, before data is late', async () => {
  const { run } = play();
  const bytes = 20_000_000;
  assert.deepEqual(await run(5, 300, { busy: 0.8, bytes }), [], 'there is room for both');
  assert.deepEqual(await run(5, 300, { busy: 1, bytes: 1000 }), [], 'it is not ingest that needs the machine');
  assert.deepEqual(await run(5, 300, { busy: 1, bytes }), ['pause']);
  assert.deepEqual(await run(10, 300, { busy: 0.8, bytes }), [], 'there would be no room for both');
  assert.deepEqual(await run(5, 300, { busy: 1, bytes: 0 }), ['resume'], 'the burst is over');
});

test('the share of the machine in use is between nothing and all of it', () => {
  const share = createBusyShare();
  const end = performance.now() + 50;
  while (performance.now() < end);
  for (const value of [share(), share()]) assert.ok(value >= 0 && value <= 1, `${value}`);
});
