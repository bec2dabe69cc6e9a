import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertingRule, RuleGroup } from '../../data/alerts.ts';
import { evaluatedMs, isAskedFor, listedRules } from './ruleList.ts';

const rule = (name: string, state: string, changes: Partial<AlertingRule> = {}): AlertingRule => ({
  ...{ type: 'alerting', name, state, query: `rate(${name.toLowerCase()}_total[5m]) > 1`, language: 'promql' },
  ...{ labels: { severity: 'page' }, health: 'ok', lastError: '', evaluationTime: 0, lastEvaluation: '', duration: 60 },
  ...{ keepFiringFor: 0, annotations: {}, alerts: [] },
  ...changes,
});
const group: RuleGroup = {
  ...{ name: 'payments', file: 'rules.yml', interval: 30 },
  rules: [
    rule('Quiet', 'inactive'),
    rule('Loud', 'firing'),
    rule('Broken', 'inactive', { health: 'err' }),
    rule('Near', 'pending'),
  ],
};

test('rules that cannot be evaluated come first, then what fires, what is pending, what is quiet', () => {
  assert.deepEqual(
    listedRules([group]).map(({ rule: { name } }) => name),
    ['Broken', 'Loud', 'Near', 'Quiet'],
  );
});

test('every word has to be somewhere in what is written of a rule', () => {
  const found = (text: string): string[] =>
    listedRules([group])
      .filter((one) => isAskedFor(one, { text, standing: null, group: '' }))
      .map(({ rule: { name } }) => name);
  assert.deepEqual(found('LOUD payments'), ['Loud']);
  assert.deepEqual(found('severity=page near_total'), ['Near']);
  assert.deepEqual(found('nothing'), []);
  assert.equal(found('').length, 4);
});

test('a rule that was never evaluated has no time of evaluation', () => {
  assert.equal(evaluatedMs({ lastEvaluation: '0001-01-01T00:00:00Z' }), null);
  assert.equal(evaluatedMs({ lastEvaluation: '2026-11-22T00:00:00Z' }), Date.UTC(2026, 10, 22));
});
