import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnose } from './diagnose.ts';

test('a right query has no complaints, nor has an empty one', () => {
  assert.deepEqual(diagnose('promql', 'sum(rate(http_requests_total[5m])) by (path)'), []);
  assert.deepEqual(diagnose('logql', '{service="a"} |= "b" | json | c="d"'), []);
  assert.deepEqual(diagnose('traceql', '{ status = error } | rate() by(name)'), []);
  assert.deepEqual(diagnose('promql', '  '), []);
});

test('a complaint points into the text, also when the text ends too early', () => {
  for (const [language, query] of [
    ['promql', 'sum(rate(a[5m]'],
    ['promql', 'sum(1'],
    ['traceql', '{ status = '],
    ['traceql', '{ duration > "long" }'],
    ['logql', '{service='],
    ['logql', '{a="b"} |= '],
  ] as const) {
    const complaints = diagnose(language, query);
    assert.ok(complaints.length > 0, query);
    for (const { from, to, message } of complaints) {
      assert.ok(from >= 0 && to > from && to <= query.length, `${query}: ${from}-${to}`);
      assert.notEqual(message, '');
    }
  }
});
