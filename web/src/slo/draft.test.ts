import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatrixAnswer } from '../data/prometheus.ts';
import { type Draft, draftFile, draftSteps, isComplete, newDraft } from './draft.ts';

const draft: Draft = {
  ...newDraft,
  name: 'answers',
  service: 'pay',
  description: "It's answered",
  team: 'money',
  events: 'sum(rate(http_requests_total{status=~"5.."}[$window]))',
  total: 'sum(rate(http_requests_total[$window]))',
};

test('a draft becomes a file of our own format, whatever its texts hold', () => {
  assert.equal(
    draftFile(draft),
    `version: trilith/v1
objectives:
  - name: 'answers'
    service: 'pay'
    description: 'It''s answered'
    target: 99.9
    period: 30d
    bad: 'sum(rate(http_requests_total{status=~"5.."}[$window]))'
    total: 'sum(rate(http_requests_total[$window]))'
    labels: { team: 'money' }
    alert: { page: true, ticket: true }
`,
  );
  const bare = draftFile({ ...draft, description: '', team: ' ', pages: false, tickets: false, counts: 'good' });
  assert.doesNotMatch(bare, /description|labels|alert|bad:/);
});

test('a draft without an open window, with a target of 100 %, or with a name that ids cannot hold, is no file yet', () => {
  assert.ok(isComplete(draft));
  assert.ok(!isComplete(newDraft));
  assert.ok(!isComplete({ ...draft, total: 'sum(rate(http_requests_total[5m]))' }));
  assert.ok(!isComplete({ ...draft, targetPercent: 100 }));
  assert.ok(!isComplete({ ...draft, name: "it's" }));
  assert.ok(!isComplete({ ...draft, service: '-' }));
});

const answer = (...series: [number, string][][]): MatrixAnswer => ({
  data: { resultType: 'matrix', result: series.map((values) => ({ metric: {}, values, histograms: [] })) },
  warnings: [],
  infos: [],
});

test('series are counted together; good events leave the rest as bad; a time without events is left out', () => {
  const all = answer(
    [
      [2, '6'],
      [1, '10'],
    ],
    [
      [1, '10'],
      [3, 'NaN'],
    ],
  );
  assert.deepEqual(draftSteps('bad', answer([[1, '5']]), all), [
    { timeMs: 1000, total: 20, bad: 5 },
    { timeMs: 2000, total: 6, bad: 0 },
  ]);
  assert.deepEqual(
    draftSteps(
      'good',
      answer([
        [1, '5'],
        [2, '7'],
      ]),
      all,
    ).map(({ bad }) => bad),
    [15, 0],
  );
});
