import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../base/clock.ts';
import { createReceiverHealth } from './receiver_health.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const AFTER = 60 * SECOND;
const FORGET = 60 * SECOND;
const TARGET = { receiver: 'team', integration: 'webhook[0]' };

/** A receiver's health, and when watching it ended with which answer. */
function setup() {
  const clock = createFakeClock(0);
  const health = createReceiverHealth(clock, () => FORGET);
  const answers: [seconds: number, isFailing: boolean][] = [];
  return {
    clock,
    health,
    answers,
    fail: (tookMs = 0) => health.attempted(TARGET, false, clock.nowMs() - tookMs),
    watch(until: Promise<unknown>) {
      void health
        .failing(TARGET.receiver, [TARGET.integration], AFTER, until)
        .then((isFailing) => answers.push([clock.nowMs() / SECOND, isFailing]));
    },
  };
}

const NEVER = new Promise<never>(() => undefined);

test('a failure of long ago does not count: a new notification gets its own attempt and the whole time', async () => {
  const { clock, answers, fail, watch, health } = setup();
  for (let at = 0; at <= 300; at += 10) {
    await clock.advanceTo(at * SECOND);
    fail();
  }
  await clock.advanceTo(4 * HOUR);
  const answered = Promise.withResolvers<void>();
  watch(answered.promise);
  await clock.advanceTo(4 * HOUR + 15 * SECOND);
  assert.deepEqual(answers, [], 'nothing is known before the own attempt ends');
  health.attempted(TARGET, true, 4 * HOUR);
  answered.resolve();
  await clock.advanceTo(4 * HOUR + 16 * SECOND);
  assert.deepEqual(answers.splice(0), [[4 * 3_600 + 15, false]]);
  await clock.advanceTo(8 * HOUR);
  watch(NEVER);
  fail();
  await clock.advanceTo(8 * HOUR + 5 * 60 * SECOND);
  assert.deepEqual(answers, [[8 * 3_600 + 60, true]], 'failing anew, from its own first attempt on');
});

test('attempts that follow each other are one failure, however long each of them hangs', async () => {
  const { clock, answers, fail, watch } = setup();
  fail();
  await clock.advanceTo(110 * SECOND);
  watch(NEVER);
  await clock.advanceTo(115 * SECOND);
  assert.deepEqual(answers, []);
  // It began 15 s after the one before.
  fail(100 * SECOND);
  await clock.advanceTo(116 * SECOND);
  assert.deepEqual(answers, [[115, true]]);
});

test('of a receiver that is another after a reload nothing is known', async () => {
  const { clock, answers, fail, watch, health } = setup();
  fail();
  await clock.advanceTo(50 * SECOND);
  fail();
  health.forget(TARGET.receiver);
  watch(NEVER);
  await clock.advanceTo(90 * SECOND);
  assert.deepEqual(answers, []);
});
