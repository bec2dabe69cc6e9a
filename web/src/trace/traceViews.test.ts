import assert from 'node:assert/strict';
import { test } from 'node:test';
import { criticalPath } from './criticalPath.ts';
import { sample, tableOf } from './draftTrace.ts';
import { flameLanes } from './flameLanes.ts';
import { statisticsOf } from './statistics.ts';
import { barOf, panZoom, rulerTicks, windowIn, windowText } from './timeWindow.ts';

test('lanes of the flame graph: below the parent, none over another at the same time', () => {
  const table = tableOf([
    { name: 'root', parent: null, start: 0, end: 100 },
    { name: 'one', parent: 0, start: 0, end: 50 },
    { name: 'two', parent: 0, start: 20, end: 60 },
    { name: 'three', parent: 0, start: 70, end: 90 },
  ]);
  const lanes = flameLanes(table);
  assert.deepEqual([...lanes.of], [0, 1, 2, 1]);
  assert.equal(lanes.count, 3);
});

test('statistics put spans together, those with the most time of their own first', () => {
  const table = tableOf(sample);
  const by = (grouping: Parameters<typeof statisticsOf>[2]) =>
    statisticsOf(table, criticalPath(table), grouping).map((one) => [
      one.service,
      one.name,
      one.spans,
      one.selfNs,
      one.totalNs,
    ]);
  assert.deepEqual(by({ by: 'service' }), [
    ['api', '', 3, 60, 140],
    ['db', '', 1, 40, 40],
  ]);
  assert.equal(by({ by: 'operation' }).length, 4);
  const all = statisticsOf(table, criticalPath(table), { by: 'operation' });
  assert.equal(
    all.reduce((sum, one) => sum + one.selfNs, 0),
    100,
    'without concurrency own times add up to the trace',
  );
});

test('bars, window and ruler stay inside the trace', () => {
  assert.deepEqual(barOf(10, 10, { from: 0, to: 100 }), { left: 10, width: 10 });
  assert.equal(barOf(10, 10, { from: 30, to: 100 }), null);
  assert.equal(barOf(10, 0, { from: 0, to: 100 })?.width, 0.2);
  assert.deepEqual(panZoom({ from: 0, to: 100 }, 100, 0, 0.5), { from: 25, to: 75 });
  assert.deepEqual(panZoom({ from: 50, to: 100 }, 100, 1, 1), { from: 50, to: 100 });
  assert.deepEqual(rulerTicks({ from: 0, to: 100 }, 5), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(windowIn(windowText({ from: 10.4, to: 20.2 }), 100), { from: 10, to: 21 });
  assert.deepEqual([windowIn('9-3', 100), windowIn('x', 100), windowIn(null, 100)], [null, null, null]);
});
