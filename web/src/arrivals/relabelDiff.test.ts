import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relabelDiff, ruleText } from './relabelDiff.ts';

test('labels that were added, changed and removed are told apart; equal ones are left out', () => {
  assert.deepEqual(relabelDiff({ a: '1', b: '2', same: 'x' }, { b: '3', c: '4', same: 'x' }), [
    { name: 'a', before: '1', after: null },
    { name: 'b', before: '2', after: '3' },
    { name: 'c', before: null, after: '4' },
  ]);
});

test('a rule is one line without its defaults', () => {
  const rule = { action: 'replace', source_labels: ['a', 'b'], separator: ';', regex: 'x(.*)', replacement: '$1' };
  assert.equal(ruleText({ ...rule, target_label: 'c' }), 'source_labels: [a, b]  regex: "x(.*)"  target_label: "c"');
});
