import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grouped, isGrouping } from './grouping.ts';

const one = (name: string, service: string, team?: string) => ({
  name,
  service,
  labels: team === undefined ? {} : { team },
});

test('the group with the least budget comes first, as in the list; nobody’s objectives are a group as well', () => {
  const list = [one('a', 'pay', 'money'), one('b', 'web'), one('c', 'pay', 'fraud'), one('d', 'web', 'money')];
  const names = (by: 'service' | 'team') =>
    grouped(list, by).map(({ name, objectives }) => [name, objectives.map((objective) => objective.name).join('')]);
  assert.deepEqual(names('team'), [
    ['money', 'ad'],
    ['', 'b'],
    ['fraud', 'c'],
  ]);
  assert.deepEqual(names('service'), [
    ['pay', 'ac'],
    ['web', 'bd'],
  ]);
});

test('only what can be grouped by is taken from an address', () => {
  assert.ok(isGrouping('team') && isGrouping('service'));
  assert.ok(!isGrouping('name') && !isGrouping(null));
});
