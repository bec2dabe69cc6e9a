import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Taken } from './faulty_receiver.ts';
import { causeOf, type LedgerAttempt, repetitions } from './repetitions.ts';

const taken = (atMs: number, groupKey = 'a', status = 'firing'): Taken => {
  return { atMs, groupKey, idempotencyKey: 'k', alerts: [{ n: '1', status, startsAt: '0' }] };
};

test('what was said twice has a cause: a kill, an answer that came too late, or none', () => {
  const [killed, again, late, lateAgain, odd, oddAgain] = [
    ...[taken(1_000), taken(2_000)],
    ...[taken(10_000, 'b'), taken(13_500, 'b')],
    ...[taken(20_000, 'c'), taken(20_500, 'c')],
  ] as [Taken, Taken, Taken, Taken, Taken, Taken];
  const found = repetitions([killed, taken(1_500, 'a', 'resolved'), again, late, odd, lateAgain, oddAgain]);
  assert.deepEqual(found, [
    { again, of: killed },
    { again: lateAgain, of: late },
    { again: oddAgain, of: odd },
  ]);
  const waited: LedgerAttempt = {
    groupKey: 'b',
    receiver: 'r',
    timeMs: 13_000,
    latencyMs: 3_005,
    error: 'no answer within 3000 ms',
  };
  const elsewhere = { ...waited, groupKey: 'c', receiver: 'other', timeMs: 20_100 };
  assert.deepEqual(
    found.map((one) => causeOf(one, 'r', new Set([killed]), [waited, elsewhere])),
    ['kill', 'late answer', 'unknown'],
  );
});
