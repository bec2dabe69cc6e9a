import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/promql';
import { sparkPath } from '../chart/sparkPath.ts';
import { makeFormats } from '../i18n/makeFormats.ts';
import { hostCharts, hostSeriesName, rateWindow } from './hostCharts.ts';
import { problemPlace, problemValue } from './problemText.ts';

const english = makeFormats('en', 'utc');

test('a problem figure has the unit of its kind', () => {
  assert.equal(problemValue('error_ratio', 0.214, english), '21.4 %');
  assert.equal(problemValue('slow', 1840, english), '1.84 s');
  assert.equal(problemValue('error_logs', 12, english), '12');
});

test('each problem leads to its evidence', () => {
  const base = {
    id: 'x',
    kind: 'slow',
    severity: 'warning',
    subject: 'a',
    value: 1,
    before: null,
    words: '',
    sinceMs: null,
  } as const;
  assert.deepEqual(
    problemPlace({ ...base, evidence: { screen: 'traces', service: 'a', status: 'error', minDuration: '1s' } }),
    {
      path: '/explore/traces',
      patch: { service: 'a', status: 'error', min: '1s' },
    },
  );
  assert.equal(problemPlace({ ...base, evidence: { screen: 'data' } }).path, '/data');
});

test('every host query is valid PromQL and its series have names', () => {
  const charts = hostCharts(rateWindow(60_000));
  for (const { query } of charts) parse(query);
  const load = charts.find((chart) => chart.id === 'load');
  const space = charts.find((chart) => chart.id === 'diskSpace');
  assert.ok(load !== undefined && space !== undefined);
  assert.deepEqual(hostSeriesName(load, { __name__: 'node_load5' }), { word: 'load5' });
  assert.deepEqual(hostSeriesName(space, { mountpoint: '/data' }), { own: '/data' });
});

test('a sparkline breaks at a gap and is empty without values', () => {
  assert.equal(sparkPath([0, 0], 10, 10), '');
  assert.equal(sparkPath([1, null, 1, 1], 30, 10).match(/M/g)?.length, 2);
});
