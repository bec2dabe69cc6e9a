import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { exampleNotification } from './notify/fake_provider.ts';
import { deliver } from './retry.ts';
import { ACCEPTED } from './test_alertmanager.ts';

const TIMEOUT_MS = 10;

test('an answer that came in time while this thread was busy counts, and nothing is told twice', async () => {
  let asked = 0;
  const result = await deliver(
    {
      notification: exampleNotification(),
      notifier: () => {
        asked++;
        // Done by another thread, and read here after the time is over.
        const answer = new Promise<typeof ACCEPTED>((resolve) => randomBytes(1, () => resolve(ACCEPTED)));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * TIMEOUT_MS);
        return answer;
      },
      integration: 'webhook[0]',
      timeoutMs: TIMEOUT_MS,
      deadlineMs: systemClock.nowMs() + 5_000,
      signal: new AbortController().signal,
      fallbackFor: undefined,
    },
    {
      clock: systemClock,
      random: () => 0.5,
      onAttempt: () => undefined,
      onFirstFailure: () => undefined,
      turn: async () => () => undefined,
    },
  );
  assert.deepEqual([result.delivered, result.attempts, asked], [true, 1, 1]);
});
