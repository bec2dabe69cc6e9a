import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetricsEngine } from './engine.ts';
import { createExplainer, type ExplainedNode } from './explain.ts';
import { memorySamples } from './memory_source.ts';
import { createMetricUses } from './uses.ts';

const times = Array.from({ length: 21 }, (_, at) => at * 15_000);
const series = ['a', 'b', 'c'].map((pod) => ({
  labels: ['__name__', 'requests_total', 'pod', pod],
  times,
  values: times.map((_, at) => at),
  stale: [],
}));
const engine = createMetricsEngine({ source: memorySamples(series), now: () => performance.now() });

async function explain(query: string): Promise<ExplainedNode> {
  const { observer, tree } = createExplainer();
  await engine.query({ query, startMs: 120_000, endMs: 300_000, stepMs: 60_000, observer });
  const root = tree();
  assert.ok(root !== undefined);
  return root;
}

/** A tree as lines: a step, its series and its samples. */
const drawn = (node: ExplainedNode, depth = 0): string[] => [
  `${'  '.repeat(depth)}${node.kind} ${node.text} [${node.series} series, ${node.samples} samples]`,
  ...node.children.flatMap((child) => drawn(child, depth + 1)),
];

test('the tree says what each step computes, and how many series and samples it gave', async () => {
  assert.deepEqual(drawn(await explain('sum by (pod) (rate(requests_total{pod!="c"}[1m])) / 2')), [
    'binary sum by (pod) (rate(requests_total{pod!="c"}[1m])) / 2 [2 series, 8 samples]',
    '  aggregate sum by (pod) (rate(requests_total{pod!="c"}[1m])) [2 series, 8 samples]',
    '    call rate(requests_total{pod!="c"}[1m]) [2 series, 8 samples]',
    '      window requests_total{pod!="c"}[1m] [2 series, 32 samples]',
  ]);
});

test('a step knows its place in the query, its labels by number of values, and how long it took', async () => {
  const root = await explain('-sum(requests_total)');
  const [sum] = root.children;
  const [select] = sum?.children ?? [];
  assert.equal(root.kind, 'negate');
  assert.deepEqual([select?.start, select?.end], [5, 19]);
  assert.deepEqual(select?.labels, [
    { name: 'pod', values: 3 },
    { name: '__name__', values: 1 },
  ]);
  assert.ok((sum?.elapsedMs ?? 0) >= (select?.elapsedMs ?? Number.POSITIVE_INFINITY));
});

test('a subquery shows what it is evaluated over', async () => {
  assert.deepEqual(drawn(await explain('max_over_time(sum(requests_total)[2m:30s])')).slice(1, 3), [
    '  subquery sum(requests_total)[2m:30s] [1 series, 10 samples]',
    '    aggregate sum(requests_total) [1 series, 10 samples]',
  ]);
});

test('use counts different queries, not how often one is asked', () => {
  const uses = createMetricUses();
  for (const query of ['up', 'up', 'sum(up)', 'rate(a_total[5m]) / up', 'sum(', '{job="x"}']) uses.note(query);
  assert.deepEqual([...uses.byMetric()].sort(), [
    ['a_total', 1],
    ['up', 3],
  ]);
});

test('the queries asked longest ago are forgotten', () => {
  const uses = createMetricUses();
  uses.note('first');
  for (let at = 0; at < 2_000; at++) uses.note(`up + ${at}`);
  assert.equal(uses.byMetric().has('first'), false);
  assert.equal(uses.byMetric().get('up'), 2_000);
});
