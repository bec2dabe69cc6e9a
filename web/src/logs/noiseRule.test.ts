import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noiseRuleOf, saysSomething } from './noiseRule.ts';

test('a pattern becomes a rule that finds its lines and names their service and level', () => {
  const rule = noiseRuleOf({ pattern: 'GET /a.b?x=<_> took <_>ms', service: 'Web API', level: 'INFO' });
  const [name, action, services, levels, pattern] = rule.split('\n');
  assert.match(name ?? '', /^- name: [a-z0-9_-]{1,64}$/);
  assert.deepEqual([action, services, levels], ['  action: drop', '  services: ["Web API"]', '  levels: [INFO]']);
  const found = /^ {2}pattern: (".*")$/.exec(pattern ?? '')?.[1] ?? '""';
  const expression = new RegExp(String(JSON.parse(found)).replace('(?s)', ''), 's');
  assert.ok(expression.test('GET /a.b?x=17 took 3ms'));
  assert.ok(!expression.test('GET /axb?x=17 took 3ms'));
});

test('of a pattern too long for a rule its longest text is looked for', () => {
  const rule = noiseRuleOf({ pattern: `short <_> ${'long '.repeat(300)}`, service: '', level: '' });
  assert.match(rule, /\n {2}contains: " (long ){199}/);
  assert.match(rule, /\n {2}levels: \[UNKNOWN\]\n/);
  assert.ok(!rule.includes('services'));
});

test('no rule is made of a pattern that fits every line', () => {
  assert.deepEqual(['<_>', '<_> - <_>', 'a <_>'].map(saysSomething), [false, false, true]);
});
