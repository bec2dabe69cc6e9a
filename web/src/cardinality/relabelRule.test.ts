import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relabelRule } from './relabelRule.ts';

const rules: readonly [string, Parameters<typeof relabelRule>[0], readonly string[]][] = [
  ['a metric is dropped', { metric: 'a_total' }, ['source_labels: [__name__]', 'regex: a_total', 'action: drop']],
  ['a label is dropped everywhere', { label: 'user_id' }, ['regex: user_id', 'action: labeldrop']],
  [
    'a label of one metric is emptied there only',
    { metric: 'a_total', label: 'user_id' },
    ['source_labels: [__name__]', 'regex: a_total', 'target_label: user_id', "replacement: ''"],
  ],
  [
    'the series of a value are dropped, whatever characters it has',
    { label: 'path', value: "/it's.(x)" },
    ['source_labels: [path]', "regex: '/it''s\\.\\(x\\)'", 'action: drop'],
  ],
  [
    'the series of a value on one metric',
    { metric: 'a_total', label: 'pod', value: 'p' },
    ['source_labels: [__name__, pod]', "regex: 'a_total;p'", 'action: drop'],
  ],
  [
    'names that YAML would read as something else are quoted',
    { label: 'http.route', value: 'true' },
    ["source_labels: ['http.route']", "regex: 'true'", 'action: drop'],
  ],
];

for (const [name, subject, lines] of rules) {
  test(name, () => {
    assert.equal(
      relabelRule(subject),
      ['metric_relabel_configs:', ...lines.map((line, at) => `${at === 0 ? '  - ' : '    '}${line}`)].join('\n'),
    );
  });
}
