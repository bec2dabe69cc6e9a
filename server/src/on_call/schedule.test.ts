import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { momentOf } from '../base/time_zone.ts';
import type { Layer, Override, Schedule } from './on_call_config.ts';
import { readOnCall } from './read_on_call.ts';
import { layerShifts, onCall, shifts } from './schedule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);

const scheduleOf = (text: string): Schedule => {
  const schedule = readOnCall(`
people: {anna: {}, boris: {}, vera: {}}
schedules:
  main:
${text.replaceAll(/^/gm, '    ')}`).schedules.get('main');
  assert.ok(schedule);
  return schedule;
};

const whoAt = (schedule: Schedule, time: string, overrides: readonly Override[] = []): string =>
  onCall(schedule, overrides, at(time)).people.join('+');

const WEEKLY = `
zone: Europe/Berlin
layers:
  - {people: [anna, boris, [vera, anna]], every: week, start: 2026-03-16 10:00}`;

test('a weekly turn is handed over at the same time of the wall clock, before and after the clocks change', () => {
  const schedule = scheduleOf(WEEKLY);
  for (const [time, who] of [
    ['2026-03-16T08:59:59Z', ''],
    ['2026-03-16T09:00:00Z', 'anna'],
    ['2026-03-23T08:59:59Z', 'anna'],
    ['2026-03-23T09:00:00Z', 'boris'],
    // Summer time began on the 29th.
    ['2026-03-30T07:59:59Z', 'boris'],
    ['2026-03-30T08:00:00Z', 'vera+anna'],
    ['2026-04-06T08:00:00Z', 'anna'],
  ] as const) {
    assert.equal(whoAt(schedule, time), who, time);
  }
});

test('a handover that the clocks skip is made when they do, one they repeat is made once', () => {
  const schedule = scheduleOf(`
zone: Europe/Berlin
layers:
  - {people: [anna, boris], every: day, start: 2026-03-28 02:30}`);
  assert.equal(whoAt(schedule, '2026-03-29T00:59:59Z'), 'anna');
  assert.equal(whoAt(schedule, '2026-03-29T01:00:00Z'), 'boris');
  assert.equal(whoAt(schedule, '2026-03-30T00:29:59Z'), 'boris');
  const autumn = shifts(schedule, [], { fromMs: at('2026-10-24T12:00:00Z'), toMs: at('2026-10-26T12:00:00Z') });
  assert.deepEqual(
    autumn.map(({ fromMs }) => new Date(fromMs).toISOString()),
    ['2026-10-24T12:00:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  );
});

test('later layers stand above earlier ones in their hours; nights belong to the day they begin on', () => {
  const schedule = scheduleOf(`
layers:
  - {people: [anna], start: 2026-01-01}
  - name: weekday nights
    people: [boris]
    start: 2026-01-01
    end: 2026-02-01
    hours: [{days: ['monday:friday'], from: "22:00", to: "06:00"}]`);
  for (const [time, who] of [
    ['2026-01-09T21:59:00Z', 'anna'],
    ['2026-01-09T22:00:00Z', 'boris'], // Friday
    ['2026-01-10T05:59:00Z', 'boris'],
    ['2026-01-10T06:00:00Z', 'anna'],
    ['2026-01-10T23:00:00Z', 'anna'], // Saturday
    ['2026-02-02T23:00:00Z', 'anna'], // the layer has ended
  ] as const) {
    assert.equal(whoAt(schedule, time), who, time);
  }
});

test('of overrides the one made last decides, and only in its stretch and schedule', () => {
  const schedule = scheduleOf(WEEKLY);
  const override = (id: string, person: string, from: string, to: string, name = 'main'): Override => ({
    ...{ id, person, schedule: name, fromMs: at(from), toMs: at(to), author: 'anna', note: '' },
  });
  const overrides = [
    override('1', 'vera', '2026-03-17T00:00:00Z', '2026-03-18T00:00:00Z'),
    override('2', 'boris', '2026-03-17T12:00:00Z', '2026-03-17T13:00:00Z'),
    override('3', 'boris', '2026-03-17T00:00:00Z', '2026-03-18T00:00:00Z', 'other'),
  ];
  assert.equal(whoAt(schedule, '2026-03-17T11:00:00Z', overrides), 'vera');
  assert.equal(whoAt(schedule, '2026-03-17T12:30:00Z', overrides), 'boris');
  assert.equal(whoAt(schedule, '2026-03-18T00:00:00Z', overrides), 'anna');
  assert.deepEqual(onCall(schedule, overrides, at('2026-03-17T12:30:00Z')).by, { kind: 'override', name: '2' });
});

const anyLayer: fc.Arbitrary<Layer> = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  turns: fc.array(fc.array(fc.constantFrom('anna', 'boris', 'vera'), { minLength: 1, maxLength: 2 }), {
    minLength: 1,
    maxLength: 4,
  }),
  turnMinutes: fc.constantFrom(60, 90, 12 * 60, 24 * 60, 7 * 24 * 60),
  startWallMs: fc
    .integer({ min: -400, max: 40 * 24 * 4 })
    .map((quarters) => at('2026-03-01T00:00Z') + quarters * 900_000),
  endWallMs: fc.constantFrom(Number.POSITIVE_INFINITY, at('2026-03-29T02:30Z'), at('2026-04-10T00:00Z')),
  hours: fc.array(
    fc.record({
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      fromMinute: fc.integer({ min: 0, max: 1_440 }),
      toMinute: fc.integer({ min: 0, max: 1_440 }),
    }),
    { maxLength: 2 },
  ),
});
const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  name: fc.constant('main'),
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
  layers: fc.array(anyLayer, { minLength: 1, maxLength: 3 }),
});
/** Around the changes of clocks in March 2026, to the minute. */
const moment = fc.integer({ min: 0, max: 45 * 24 * 60 }).map((minutes) => at('2026-03-01T00:00Z') + minutes * 60_000);
const anyOverride: fc.Arbitrary<Override> = fc.record({
  ...{ id: fc.uuid(), schedule: fc.constant('main'), person: fc.constant('vera'), author: fc.constant('') },
  ...{ note: fc.constant(''), fromMs: moment, toMs: moment },
});

test('shifts cover their range without gap or overlap, and say at every moment who is on call then', () => {
  fc.assert(
    fc.property(
      anySchedule,
      fc.array(anyOverride, { maxLength: 3 }),
      moment,
      fc.integer({ min: 1, max: 9 * 24 * 60 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 5, maxLength: 20 }),
      (schedule, overrides, fromMs, minutes, shares) => {
        const toMs = fromMs + minutes * 60_000;
        const found = shifts(schedule, overrides, { fromMs, toMs });
        assert.equal(found[0]?.fromMs, fromMs);
        assert.equal(found.at(-1)?.toMs, toMs);
        for (const [i, shift] of found.entries()) {
          assert.ok(shift.toMs > shift.fromMs);
          if (i > 0) assert.equal(shift.fromMs, found[i - 1]?.toMs);
        }
        for (const share of shares) {
          const timeMs = fromMs + Math.floor(share * (toMs - fromMs));
          const shift = found.find((one) => one.fromMs <= timeMs && timeMs < one.toMs);
          const { people, by } = onCall(schedule, overrides, timeMs);
          assert.deepEqual({ people: shift?.people, by: shift?.by }, { people, by });
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a rotation without hours is never without somebody after its start, and turns are as long as they say but for the clocks', () => {
  fc.assert(
    fc.property(anySchedule, ({ zone, layers }) => {
      const [first] = layers;
      assert.ok(first);
      const layer = { ...first, hours: [], endWallMs: Number.POSITIVE_INFINITY, turns: [['anna'], ['boris']] };
      const fromMs = momentOf(zone, layer.startWallMs);
      const toMs = fromMs + 30 * DAY;
      const found = shifts({ name: 'main', zone, layers: [layer] }, [], { fromMs, toMs });
      for (const [i, { people, ...shift }] of found.entries()) {
        assert.deepEqual(people, [i % 2 === 0 ? 'anna' : 'boris']);
        if (shift.toMs === toMs) continue;
        const off = Math.abs(shift.toMs - shift.fromMs - layer.turnMinutes * 60_000);
        assert.ok(off <= 2 * HOUR, `a turn of ${layer.turnMinutes} min is off by ${off} ms`);
      }
    }),
    { numRuns: 60 },
  );
});

test('a layer by itself says who it puts on call, whatever covers it', () => {
  const schedule = scheduleOf(`
zone: UTC
layers:
  - {name: weeks, people: [anna], every: week, start: 2026-01-05 10:00}
  - {name: nights, people: [boris], every: day, start: 2026-01-05 10:00, hours: [{days: ["monday:friday"], from: "22:00", to: "06:00"}]}`);
  const [fromMs, toMs] = [at('2026-01-12T12:00:00Z'), at('2026-01-13T12:00:00Z')];
  assert.deepEqual(
    layerShifts(schedule, { fromMs, toMs }).map(({ name, shifts: own }) => [
      name,
      own.map((shift) => [shift.people.join(), shift.fromMs, shift.toMs]),
    ]),
    [
      ['weeks', [['anna', fromMs, toMs]]],
      ['nights', [['boris', at('2026-01-12T22:00:00Z'), at('2026-01-13T06:00:00Z')]]],
    ],
  );
});
