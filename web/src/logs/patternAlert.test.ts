import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@trilith/lang/logql';
import { patternAlertOf } from './patternAlert.ts';

test('the rule of a pattern is named by its words and asks for lines of the pattern', () => {
  const rule = patternAlertOf({
    ...{ pattern: 'declined by <_> with "timeout"', service: 'payments-api', level: 'ERROR' },
    filter: '{service="payments-api"} |> "declined by <_> with \\"timeout\\""',
  });
  assert.match(rule, /- alert: PaymentsApiDeclinedBy\n/);
  assert.match(rule, /service: "payments-api"/);
  const expr: unknown = JSON.parse(/expr: (.*)/.exec(rule)?.[1] ?? '');
  assert.equal(typeof expr, 'string');
  assert.equal(parse(String(expr)).kind, 'binary');
});

test('a pattern without words of its own still gives a rule, and braces in it start no template', () => {
  const rule = patternAlertOf({ pattern: '{{<_>', service: '', level: '', filter: '{service=""}' });
  assert.match(rule, /- alert: LogPattern\n/);
  assert.doesNotMatch(rule, /\{\{<|: \{\{…/);
});
