import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MetricExpr, parse } from '@trilith/lang/logql';
import { labelsFrom, labelsToRecord } from '../../model/labels.ts';
import { evaluateMetric, type RewriteRule } from './evaluate.ts';
import { foldSum } from './fold_sum.ts';
import { memorySource } from './memory_source.ts';
import { LogqlError } from './query_error.ts';

const SECOND = 1_000_000_000n;
const START = 1_790_000_000n * SECOND;

/** A line a second of one stream, the first at START. */
const source = memorySource([
  {
    labels: labelsFrom([['app', 'a']]),
    records: ['{"v":1,"kind":"x"}', 'no json', '{"v":2,"kind":"x"}', '{"v":4,"kind":"y","cut":'].map((line, i) => ({
      timeNs: START + BigInt(i) * SECOND,
      line,
      metadata: [],
    })),
  },
]);

/** The series at START and every two seconds after it, `value@step`. */
async function answer(query: string, rules: readonly RewriteRule[]): Promise<string[]> {
  const value = await evaluateMetric(parse(query) as MetricExpr, {
    source,
    steps: { startNs: START, stepNs: 2n * SECOND, count: 3, instant: false },
    limits: { maxSeries: 500, maxSamples: 1000 },
    rules,
  });
  assert.ok(value.kind === 'matrix');
  return value.series
    .map(({ labels, values, present }) => {
      const points = [...values].flatMap((point, step) => (present[step] === 1 ? [`${point}@${step}`] : []));
      return `${JSON.stringify(labelsToRecord(labels))} ${points.join(' ')}`;
    })
    .sort();
}

test('an error of a line that no window holds does not fail the query, one of a line in a window does', async () => {
  const rate = 'count_over_time({app="a"} | json | kind!="y" [RANGE])';
  assert.deepEqual(await answer(rate.replace('RANGE', '1s'), []), [
    '{"app":"a","kind":"x","v":"1"} 1@0',
    '{"app":"a","kind":"x","v":"2"} 1@1',
  ]);
  await assert.rejects(answer(rate.replace('RANGE', '2s'), []), LogqlError);
  const unwrapped = 'sum_over_time({app="a"} | regexp "(?P<v>\\\\S+)" | unwrap v | v!~"..v.*" [RANGE])';
  assert.deepEqual(await answer(unwrapped.replace('RANGE', '1s'), []), []);
  await assert.rejects(answer(unwrapped.replace('RANGE', '2s'), []), LogqlError);
});

test('a sum knows of errors of parsers and of what it needs not, whether it is folded or not', async () => {
  const cases: readonly (readonly [query: string, expected: readonly string[]])[] = [
    ['sum(count_over_time({app="a"} | json [10s]))', ['{} 1@0 3@1 4@2']],
    [
      'sum by (kind) (count_over_time({app="a"} | json | kind!="" [10s]))',
      ['{"kind":"x"} 1@0 2@1 2@2', '{"kind":"y"} 1@2'],
    ],
    ['sum by (app) (count_over_time({app="a"} | json | __error__!="" [10s]))', ['{"app":"a"} 1@1 2@2']],
    [
      'sum by (__error__) (count_over_time({app="a"} | json [10s]))',
      ['{"__error__":"JSONParserErr"} 1@1 2@2', '{} 1@0 2@1 2@2'],
    ],
  ];
  for (const [query, expected] of cases) {
    assert.deepEqual(await answer(query, [foldSum]), expected, query);
    assert.deepEqual(await answer(query, []), expected, query);
  }
  const unwrapped = '({app="a"} | json | kind!="" | unwrap v | __error__!="" [10s])';
  for (const rules of [[foldSum], []]) {
    assert.deepEqual(await answer(`sum by (kind) (sum_over_time${unwrapped})`, rules), ['{"kind":"y"} 4@2']);
    assert.deepEqual(await answer(`max_over_time${unwrapped} by (kind)`, rules), ['{"kind":"y"} 4@2']);
  }
  await assert.rejects(answer(`sum_over_time${unwrapped}`, []), LogqlError);
  const fails = 'count by (app) (count_over_time({app="a"} | json | __error__!="" [10s]))';
  await assert.rejects(answer(fails, [foldSum]), LogqlError);
});
