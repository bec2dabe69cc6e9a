import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertRoutesAnswer } from '@trilith/contract';
import { isLoose, onTheWay, receiverRows, routeRows } from './routeRows.ts';

type Route = AlertRoutesAnswer['routes'][number];

const route = (path: readonly number[], changes: Partial<Route> = {}): Route => ({
  ...{ path: [...path], matchers: '{}', receiver: 'team', integrations: [], continues: false, groupBy: ['alertname'] },
  ...{ groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 3_600_000 },
  ...{ muteTimeIntervals: [], activeTimeIntervals: [] },
  ...changes,
});

test('a route shows only what it says otherwise than the one above it', () => {
  const tree = {
    routes: [route([]), route([0], { receiver: 'db' }), route([0, 0], { receiver: 'db', groupWaitMs: 0 })],
  };
  assert.deepEqual(
    routeRows(tree, []).map(({ id, depth, changed }) => [
      id,
      depth,
      changed.receiver,
      changed.grouping,
      changed.timing,
    ]),
    [
      ['root', 0, true, true, true],
      ['0', 1, true, false, false],
      ['0.0', 2, false, false, true],
    ],
  );
});

test('the way of an alert leads from the root to every route it takes', () => {
  assert.deepEqual([...onTheWay([{ path: [0, 2] }, { path: [] }])].sort(), ['0', '0.2', 'root']);
});

test('a route that a route before it leaves nothing to is told, and no other', () => {
  const tree = (...routes: Route[]): readonly (string | null)[] =>
    routeRows({ routes: [route([]), ...routes] }, []).map(({ hiddenBy }) => hiddenBy);
  const page = '{severity="page"}';
  const both = '{severity="page",team="db"}';
  assert.deepEqual(tree(route([0], { matchers: page }), route([1], { matchers: both })), [null, null, page]);
  assert.deepEqual(tree(route([0], { matchers: '{}' }), route([1], { matchers: page })), [null, null, '{}']);
  assert.deepEqual(tree(route([0], { matchers: both }), route([1], { matchers: page })), [null, null, null]);
  assert.deepEqual(tree(route([0], { matchers: page, continues: true }), route([1], { matchers: page })), [
    null,
    null,
    null,
  ]);
  assert.deepEqual(tree(route([0], { matchers: page }), route([0, 0], { matchers: page })), [null, null, null]);
});

test('receivers are listed with their routes and people, those that nothing leads to last', () => {
  const tree = { routes: [route([]), route([0]), route([1], { receiver: 'pager' })] };
  const people = [{ id: 'anna', name: 'Anna', receivers: ['anna-chat'] }];
  const rows = receiverRows(['alone', 'team', 'anna-chat', 'pager'], tree, people);
  assert.deepEqual(
    rows.map((row) => [row.name, row.routes, row.people, isLoose(row)]),
    [
      ['anna-chat', 0, ['Anna'], false],
      ['pager', 1, [], false],
      ['team', 2, [], false],
      ['alone', 0, [], true],
    ],
  );
});
