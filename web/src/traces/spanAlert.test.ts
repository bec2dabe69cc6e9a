import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/promql';
import { type FormConditions, fromTraceql } from './formQuery.ts';
import { spanAlertOf, unknownToMetrics, type Watched, watchedBy } from './spanAlert.ts';

function formOf(query: string): FormConditions {
  const form = fromTraceql(query);
  assert.ok(form !== null);
  return form;
}

function exprOf(rule: string): string {
  const expr = /expr: \|-\n((?: {10}.*\n)+)/.exec(rule)?.[1] ?? '';
  return expr.replaceAll(/^ {10}/gm, '').trim();
}

const paying = '{ resource.service.name = "pay\\"ments" && name = "POST /pay" && kind = server }';
const selector = 'service="pay\\"ments",span_name="POST /pay",span_kind="SPAN_KIND_SERVER"';

test('each panel gives a rule over the series of the spans it shows', () => {
  const rule = (watched: Watched, query = paying, usualMs: number | null = 123) =>
    spanAlertOf(watched, query, formOf(query), usualMs);
  for (const watched of ['rate', 'errors', 'durations'] as const) {
    assert.equal(parse(exprOf(rule(watched))).kind, 'binary', watched);
    assert.ok(exprOf(rule(watched)).includes(`{${selector}`), watched);
    assert.equal(parse(exprOf(rule(watched, '{ }'))).kind, 'binary', watched);
  }
  assert.match(exprOf(rule('rate')), /or .* offset 1d.* \* 0\)\n {2}< 0\.5 \* /);
  assert.ok(exprOf(rule('errors')).includes(`{${selector},status_code="STATUS_CODE_ERROR"}`));
  assert.match(exprOf(rule('durations')), /> 0\.25$/);
  assert.match(exprOf(rule('durations', '{ duration >= 1.5s }')), /> 1\.5$/);
  assert.match(exprOf(rule('durations', '{ }', null)), /> 1$/);
  assert.match(exprOf(rule('rate', '{ status = error }')), /\{status_code="STATUS_CODE_ERROR"\}/);
});

test('conditions the series cannot tell are named in the rule, and braces in a query start no template', () => {
  const query = '{ status = error && nestedSetParent < 0 && duration <= 2s && .tier != "a={{b" }';
  const unknown = unknownToMetrics(query, formOf(query), 'errors');
  assert.deepEqual(unknown, ['nestedSetParent < 0', 'duration <= 2s', '.tier != "a={{b"']);
  const rule = spanAlertOf('errors', query, formOf(query), null);
  const description: unknown = JSON.parse(/"description": (.*)/.exec(rule)?.[1] ?? '');
  assert.equal(description, `From the search ${query}, without ${unknown.join(', ')}`.replaceAll('{{', '{ {'));
  const structural = '{ name = "a" } >> { status = error }';
  assert.deepEqual(unknownToMetrics(structural, null, 'errors'), [structural]);
  assert.equal(parse(exprOf(spanAlertOf('errors', structural, null, null))).kind, 'binary');
});

test('a search for slow spans is watched by duration, one for errors by their share, another by its rate', () => {
  assert.deepEqual(
    ['{ duration >= 1s && status = error }', '{ status = error }', '{ name = "a" }'].map((query) =>
      watchedBy(formOf(query)),
    ),
    ['durations', 'errors', 'rate'],
  );
  assert.equal(watchedBy(null), 'errors');
});
