import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMergeGovernor } from './merge_governor.ts';

/** A governor on a clock of its own; `run` plays seconds with a given lag and returns what was done. */
function play(): { readonly run: (seconds: number, behindMs: number) => Promise<string[]> } {
  let nowMs = 0;
  let behind = 0;
  let done: string[] = [];
  const governor = createMergeGovernor({
    behindMs: () => behind,
    pause: async () => void done.push('pause'),
    resume: async () => void done.push('resume'),
    now: () => nowMs,
    onError: (error) => done.push(String(error)),
  });
  return {
    async run(seconds, behindMs) {
      done = [];
      behind = behindMs;
      for (let i = 0; i < seconds; i++) {
        nowMs += 1000;
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
