import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from '../../base/yaml_reader.ts';
import { inTimeInterval, readTimeInterval } from './time_intervals.ts';

const read = (yaml: string) => readTimeInterval(parseYaml(yaml));

/** An interval, times within it, times outside of it. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['{}', ['2026-01-05T00:00:00Z'], []],
  [
    "times: [{start_time: '09:00', end_time: '17:00'}]\nweekdays: ['monday:friday']",
    ['2026-01-05T09:00:00Z', '2026-01-09T16:59:59Z'],
    ['2026-01-05T08:59:59Z', '2026-01-05T17:00:00Z', '2026-01-10T10:00:00Z'],
  ],
  [
    "times: [{start_time: '22:00', end_time: '24:00'}]\nlocation: Europe/Moscow",
    ['2026-01-05T19:00:00Z', '2026-01-05T20:59:59Z'],
    ['2026-01-05T18:59:59Z', '2026-01-05T21:00:00Z'],
  ],
  [
    "days_of_month: ['-1']",
    ['2026-02-28T10:00:00Z', '2028-02-29T10:00:00Z', '2026-01-31T10:00:00Z'],
    ['2028-02-28T10:00:00Z', '2026-01-30T10:00:00Z'],
  ],
  ["days_of_month: ['29:31']", ['2026-01-30T10:00:00Z'], ['2026-02-28T10:00:00Z', '2026-01-28T10:00:00Z']],
  ["days_of_month: ['-3:-1', '1:2']", ['2026-02-26T10:00:00Z', '2026-02-01T10:00:00Z'], ['2026-02-25T10:00:00Z']],
  ["months: ['january:march', '12']", ['2026-03-31T10:00:00Z', '2026-12-01T10:00:00Z'], ['2026-04-01T10:00:00Z']],
  ["years: ['2020:2022']", ['2022-12-31T23:59:59Z'], ['2023-01-01T00:00:00Z']],
  // The hour that is skipped in spring and the one that is repeated in autumn, in local time.
  [
    "times: [{start_time: '02:00', end_time: '03:00'}]\nlocation: Europe/Berlin",
    ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
    ['2026-03-29T01:00:00Z', '2026-03-29T00:59:59Z'],
  ],
];

test('a time is in an interval when it is in a range of every part that is given', () => {
  for (const [yaml, within, outside] of CASES) {
    for (const time of within) assert.equal(inTimeInterval(read(yaml), Date.parse(time)), true, `${yaml} ${time}`);
    for (const time of outside) assert.equal(inTimeInterval(read(yaml), Date.parse(time)), false, `${yaml} ${time}`);
  }
});

test('ranges that cannot be are refused in upstream’s words', () => {
  for (const [yaml, message] of [
    ["times: [{start_time: '9:00', end_time: '17:00'}]", /couldn't parse timestamp 9:00, invalid format/],
    ["times: [{start_time: '17:00', end_time: '17:00'}]", /start time cannot be equal or greater than end time/],
    ["times: [{start_time: '17:00'}]", /both start and end times must be provided/],
    ["weekdays: ['friday:monday']", /start day cannot be before end day/],
    ["weekdays: ['freitag']", /freitag is not a valid weekday/],
    ["days_of_month: ['0']", /0 is not a valid day of the month: out of range/],
    ["days_of_month: ['-1:5']", /end day must be negative if start day is negative/],
    ["days_of_month: ['10:5']", /end day 5 is always before start day 10/],
    ["months: ['march:january']", /end month january is before start month march/],
    ["years: ['2022:2020']", /end year 2020 is before start year 2022/],
    ["years: ['a:b:c']", /couldn't parse range a:b:c, invalid format/],
    ['location: Mars/Olympus', /unknown time zone Mars\/Olympus/],
  ] as const)
    assert.throws(() => read(yaml), { name: 'ConfigFileError', message });
});
