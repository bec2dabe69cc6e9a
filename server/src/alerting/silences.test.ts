import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFrom } from '../model/labels.ts';
import { createSilences, parseSilence, type SilenceRequest, type Silences, silenceState } from './silences.ts';
import { memoryRecords, memoryState, START_MS, startTestAlertmanager } from './test_alertmanager.ts';

const HOUR = 3_600_000;

function start(most = 100): { silences: Silences; at: { ms: number }; records: ReturnType<typeof memoryRecords> } {
  const at = { ms: START_MS };
  const records = memoryRecords();
  const options = { tenant: 't', records: records as never, nowMs: () => at.ms, most };
  return { silences: createSilences(options), at, records };
}

const request = (more: Partial<SilenceRequest> = {}): SilenceRequest => ({
  id: '',
  matchers: [{ name: 'a', operator: '=', value: 'b' }],
  startsAtMs: START_MS,
  endsAtMs: START_MS + HOUR,
  createdBy: 'ann',
  comment: 'c',
  annotations: {},
  ...more,
});

const state = (silences: Silences, id: string, ms: number): string => {
  const silence = silences.get(id);
  return silence === undefined ? 'none' : silenceState(silence, ms);
};

test('another end or comment changes a silence; other matchers or another start end it and make a new one', async () => {
  const { silences, at } = start();
  const id = await silences.set(request(), 'ann');
  at.ms += 60_000;
  assert.equal(await silences.set(request({ id, endsAtMs: START_MS + 2 * HOUR, comment: 'd' }), 'ann'), id);
  assert.equal(silences.get(id)?.endsAtMs, START_MS + 2 * HOUR);
  const other = await silences.set(request({ id, matchers: [{ name: 'a', operator: '=', value: 'c' }] }), 'ann');
  assert.notEqual(other, id);
  assert.deepEqual([state(silences, id, at.ms), state(silences, other, at.ms)], ['expired', 'active']);
  // What has ended stays as it was.
  const again = await silences.set(request({ id }), 'ann');
  assert.notEqual(again, id);
});

test('a silence begins when it says, at the earliest now, and ends by itself', async () => {
  const { silences, at } = start();
  const labels = labelsFrom([['a', 'b']]);
  const past = await silences.set(request({ startsAtMs: START_MS - HOUR }), 'ann');
  assert.equal(silences.get(past)?.startsAtMs, START_MS);
  const future = await silences.set(request({ startsAtMs: START_MS + HOUR, endsAtMs: START_MS + 2 * HOUR }), 'ann');
  assert.deepEqual(silences.by(labels), [past]);
  at.ms = START_MS + HOUR;
  assert.deepEqual(silences.by(labels), [future]);
  await silences.expire(future, 'ann');
  assert.deepEqual(silences.by(labels), []);
  await silences.expire(future, 'ann');
});

test('what cannot be a silence is refused in upstream’s words, and nothing is kept of it', async () => {
  const { silences, records } = start(2);
  for (const [more, message] of [
    [{ matchers: [] }, 'invalid silence: matcher set 0 is empty'],
    [{ matchers: [{ name: '', operator: '=', value: 'x' }] }, /invalid label name ""/],
    [{ matchers: [{ name: 'a', operator: '=~', value: '(' }] }, /invalid regular expression "\("/],
    [{ matchers: [{ name: 'a', operator: '=~', value: '.*' }] }, /must not match the empty string/],
    [{ endsAtMs: START_MS - 1 }, 'invalid silence: end time must not be before start time'],
    [{ comment: 'x'.repeat(70_000) }, /silence exceeded maximum size/],
    [{ id: '00000000-0000-4000-8000-000000000000' }, 'silence not found'],
  ] as const)
    await assert.rejects(silences.set(request(more), 'ann'), { name: 'SilenceError', message });
  await assert.rejects(silences.expire('nothing', 'ann'), { message: 'silence not found' });
  assert.equal(records.written.length, 0);
  await silences.set(request(), 'ann');
  await silences.set(request(), 'ann');
  await assert.rejects(silences.set(request(), 'ann'), {
    message: 'exceeded maximum number of silences: 2 (limit: 2)',
  });
});

test('a silence that could not be written is none', async () => {
  const { silences, records } = start();
  records.fail = true;
  await assert.rejects(silences.set(request(), 'ann'), { message: 'the disk is full' });
  assert.deepEqual(silences.all(), []);
});

test('records of another form are left alone', () => {
  for (const json of [null, 1, {}, { id: 'x', matchers: [{}], startsAtMs: 1, endsAtMs: 2 }, { id: 'x', matchers: 'y' }])
    assert.equal(parseSilence(json), undefined);
});

const CONFIG = `
route: {receiver: root, group_wait: 1s}
receivers: [{name: root, webhook_configs: [{url: 'http://127.0.0.1/root'}]}]
`;

test('while silences cannot be read nobody is told, a minute at most', async () => {
  const records = memoryState();
  const readable = { atSeconds: 30 };
  const run = startTestAlertmanager({
    config: CONFIG,
    records: {
      ...records,
      silences: {
        put: records.silences.put,
        all: async (tenant) => {
          if (run.clock.nowMs() < START_MS + readable.atSeconds * 1000) throw new Error('the store is starting');
          return records.silences.all(tenant);
        },
      },
    },
  });
  const silence = { ...request(), id: 'kept', updatedAtMs: START_MS };
  await records.silences.put('trilith', 'kept', silence, 'ann');
  run.fire({ alertname: 'Held', a: 'b' }, 10_000);
  run.fire({ alertname: 'Told' }, 10_000);
  await run.advanceTo(100);
  assert.deepEqual(
    run.told.map(({ at, firing }) => [at, firing]),
    [[30, ['alertname Told']]],
  );
  readable.atSeconds = 10_000;
  const late = startTestAlertmanager({
    config: CONFIG,
    records: { ...records, silences: { put: records.silences.put, all: () => Promise.reject(new Error('no store')) } },
  });
  late.fire({ alertname: 'Held', a: 'b' }, 10_000);
  await late.advanceTo(100);
  assert.deepEqual(
    late.told.map(({ at }) => at),
    [60],
  );
});
