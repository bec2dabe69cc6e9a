import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNotificationLog, type NotificationEntry, type NotificationLog } from './notification_log.ts';
import { memoryRecords } from './test_alertmanager.ts';

const ENTRIES = 2_000;

function entry(i: number): NotificationEntry {
  const target = { groupKey: `group ${i}`, receiver: 'team', integration: 'webhook[0]' };
  return { ...target, timeMs: i, expiresMs: 1e12, firing: [], resolved: [], stored: {} };
}

function logOn(notifications: ReturnType<typeof memoryRecords<NotificationEntry>>): {
  readonly log: NotificationLog;
  readonly errors: unknown[];
} {
  const errors: unknown[] = [];
  const rest = { undelivered: memoryRecords<never>(), nowMs: () => 0, onError: (error: unknown) => errors.push(error) };
  return { log: createNotificationLog({ tenant: 'trilith', notifications, ...rest }), errors };
}

test('many records at the same time are written once each', async () => {
  const records = memoryRecords<NotificationEntry>();
  const { log } = logOn(records);
  await Promise.all(Array.from({ length: ENTRIES }, (_, i) => log.set(entry(i))));
  assert.equal(records.written.length, ENTRIES);
});

test('records that could not be written are written with the next one, once', async () => {
  const records = memoryRecords<NotificationEntry>();
  const { log, errors } = logOn(records);
  records.fail = true;
  await Promise.all([log.set(entry(0)), log.set(entry(1))]);
  assert.deepEqual([errors.length, records.written.length], [2, 0]);
  records.fail = false;
  await log.set(entry(2));
  assert.equal(records.written.length, 3);
  await log.set(entry(3));
  assert.equal(records.written.length, 4);
});

test('while nothing can be written, each record is tried once', async () => {
  const records = memoryRecords<NotificationEntry>();
  const { log, errors } = logOn(records);
  records.fail = true;
  for (let i = 0; i < ENTRIES; i++) await log.set(entry(i));
  assert.equal(errors.length, ENTRIES);
  records.fail = false;
  await log.set(entry(ENTRIES));
  assert.equal(records.written.length, ENTRIES + 1);
});
