import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse as parseLogql } from '@trilith/lang/logql';
import { parse as parsePromql } from '@trilith/lang/promql';
import { parse as parseTraceql } from '@trilith/lang/traceql';
import fc from 'fast-check';
import { fillLabels, labelsNeeded } from './query_labels.ts';

const CASES: readonly (readonly [language: 'promql' | 'logql' | 'traceql', template: string, filled: string])[] = [
  ['promql', 'up{job="$labels.job"}', 'up{job="a\\"b.c"}'],
  ['promql', 'up{job=~"$labels.job"}', 'up{job=~"a\\"b\\\\.c"}'],
  ['promql', 'up{job="{{ $labels.job }}-x"}', 'up{job="a\\"b.c-x"}'],
  ['promql', "up{job='$labels.job'}", `up{job='a"b.c'}`],
  ['promql', 'up{job=$labels.job}', 'up{job="a\\"b.c"}'],
  ['promql', 'up # of $labels.job', 'up # of $labels.job'],
  ['logql', '{job=`$labels.job`} |~ `$labels.job`', '{job=`a"b.c`} |~ `a"b\\.c`'],
  ['traceql', '{ resource.service.name = "$labels.job" }', '{ resource.service.name = "a\\"b.c" }'],
];

for (const [language, template, filled] of CASES) {
  test(`${language}: ${template}`, () => assert.equal(fillLabels(template, language, () => 'a"b.c').query, filled));
}

test('a query without all its labels stays as it is written, and says which are missing', () => {
  const template = 'up{job="$labels.job", pod="$labels.pod"}';
  const labelled = (label: string): string | undefined => (label === 'job' ? 'a' : undefined);
  assert.deepEqual(fillLabels(template, 'promql', labelled), { query: template, missing: ['pod'], problem: '' });
  assert.deepEqual(labelsNeeded(template, 'promql'), ['job', 'pod']);
});

test('what cannot stand between backticks is said', () =>
  assert.match(fillLabels('{job=`$labels.job`}', 'logql', () => 'a`b').problem, /backtick/));

test('whatever a label holds, it is one string of the query', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
      const of = (template: string, language: 'promql' | 'logql' | 'traceql'): string =>
        fillLabels(template, language, () => value).query;
      const well = value.toWellFormed();
      const selector = parsePromql(of('up{job="$labels.job"}', 'promql'));
      assert.ok(selector.kind === 'vector-selector');
      assert.equal(selector.matchers.find(({ name }) => name === 'job')?.value, well);
      const single = parsePromql(of("up{job='$labels.job'}", 'promql'));
      assert.ok(single.kind === 'vector-selector');
      assert.equal(single.matchers.find(({ name }) => name === 'job')?.value, well);
      const lines = parseLogql(of('{job="$labels.job"}', 'logql'));
      assert.ok(lines.kind === 'log');
      assert.equal(lines.matchers[0]?.value, well);
      assert.equal(parseTraceql(of('{ span.x = "$labels.job" }', 'traceql')).kind, 'search');
      assert.doesNotThrow(() => parsePromql(of('up{job=~"$labels.job"}', 'promql')));
    }),
  ));
