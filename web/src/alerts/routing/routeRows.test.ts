import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertRoutesAnswer } from '@trilith/contract';
import { onTheWay, routeRows } from './routeRows.ts';

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
