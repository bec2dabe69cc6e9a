import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigFileError } from '../base/yaml_reader.ts';
import { readOnCall } from './read_on_call.ts';

test('a file without anything is nobody on call', () => {
  assert.deepEqual(readOnCall(''), { people: new Map(), schedules: new Map(), policies: new Map() });
});

const PEOPLE = 'people: {anna: {}}\n';
for (const [what, file, line, message] of [
  ['an unknown key', 'persons: {}', 1, 'unknown key "persons"'],
  ['an unknown zone', 'people:\n  anna: {zone: Mars}', 2, 'unknown time zone "Mars"'],
  [
    'a person nobody is',
    `${PEOPLE}schedules:\n  s:\n    layers:\n      - {people: [boris], start: 2026-01-01}`,
    5,
    'no person is named "boris"',
  ],
  [
    'a layer without a start',
    `${PEOPLE}schedules:\n  s:\n    layers:\n      - {people: [anna]}`,
    5,
    'start is missing',
  ],
  [
    'a turn of minutes',
    `${PEOPLE}schedules:\n  s:\n    layers:\n      - {people: [anna], start: 2026-01-01, every: 5m}`,
    5,
    'at least an hour',
  ],
  [
    'a day of no week',
    `${PEOPLE}schedules:\n  s:\n    layers:\n      - people: [anna]\n        start: 2026-01-01\n        hours:\n          - {days: [someday]}`,
    8,
    'a day of the week',
  ],
  [
    'a schedule nobody made',
    `${PEOPLE}policies:\n  p:\n    steps:\n      - {notify: ["schedule:s"]}`,
    5,
    'no schedule is named s',
  ],
  [
    'a target of no kind',
    `${PEOPLE}policies:\n  p:\n    steps:\n      - {notify: [anna]}`,
    5,
    'schedule:NAME, person:NAME or receiver:NAME',
  ],
  ['a policy without steps', `${PEOPLE}policies:\n  p: {}`, 3, 'at least one step'],
] as const) {
  test(`${what} is refused, with its line`, () => {
    assert.throws(
      () => readOnCall(file),
      (error) => error instanceof ConfigFileError && error.line === line && error.message.includes(message),
    );
  });
}
