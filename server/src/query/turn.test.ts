import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../store/index.ts';
import { turnOf } from './turn.ts';

const isCancelled = (error: unknown): boolean => error instanceof StoreError && error.kind === 'cancelled';

test('all that works for one request shares a turn, and each other request has its own', () => {
  const { signal } = new AbortController();
  assert.equal(turnOf(signal), turnOf(signal));
  assert.notEqual(turnOf(new AbortController().signal), turnOf(signal));
});

test('a turn ends after a while, others work in the pause, and the next one begins', async () => {
  const turn = turnOf(undefined);
  while (!turn.due());
  let others = false;
  setImmediate(() => {
    others = true;
  });
  await turn.pause();
  assert.equal(others, true);
});

test('what nobody waits for any more ends in its pause', async () => {
  const left = new AbortController();
  const turn = turnOf(left.signal);
  await turn.pause();
  setImmediate(() => left.abort());
  await assert.rejects(turn.pause(), isCancelled);
});
