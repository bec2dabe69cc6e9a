import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import { chosenOf } from './chosen.ts';
import { linesQuery, tracesQuery } from './signalQueries.ts';

test('the conditions of the screen become LogQL and TraceQL', () => {
  const view = { errorsOnly: true, words: 'card  (declined', traceId: 'ab' };
  const query = linesQuery('a"b', view);
  assert.equal(
    query,
    '{service="a\\"b"} |~ "(?i)card" |~ "(?i)\\\\(declined" | level=~"ERROR|CRITICAL|FATAL" | trace_id="ab"',
  );
  assert.equal(parse(query).kind, 'log');
  assert.equal(linesQuery('x', { errorsOnly: false, words: ' ', traceId: '' }), '{service="x"}');
  assert.equal(tracesQuery('x', view), '{ resource.service.name = "x" && status = error }');
});

test('a chosen stretch is cut to the range, and anything else is none', () => {
  const range = { fromMs: 100, toMs: 200 };
  assert.deepEqual(chosenOf('50-150', range), { fromMs: 100, toMs: 150 });
  for (const text of [null, '', 'x', '150-120', '300-400', '-5-7']) assert.equal(chosenOf(text, range), null);
});
