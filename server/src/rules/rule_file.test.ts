import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicateRules, parseRuleFile } from './rule_file.ts';

test('a rule file is read with its groups, durations, labels and templates', () => {
  const { groups, problems } = parseRuleFile(`
groups:
  - name: shop
    interval: 1m30s
    limit: 10
    labels: {team: web}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 1m
        labels: {severity: page}
        annotations: {summary: 'Instance {{ $labels.instance }} is {{ printf "%.2f" $value }}'}
`);
  assert.deepEqual(problems, []);
  const [group] = groups;
  assert.deepEqual(
    [group?.name, group?.intervalMs, group?.limit, group?.labels.get('team')],
    ['shop', 90_000, 10, 'web'],
  );
  assert.deepEqual(
    group?.rules.map(({ kind, name, forMs, keepFiringForMs }) => [kind, name, forMs, keepFiringForMs]),
    [
      ['record', 'job:up:sum', 0, 0],
      ['alert', 'Down', 300_000, 60_000],
    ],
  );
});

test('everything that is wrong is told at once, each with its place', () => {
  const { problems } = parseRuleFile(`groups:
  - name: a
    rules:
      - record: x{y="z"}
        expr: rate(up)
        for: 5m
      - alert: Both
        record: both
        expr: up
      - expr: up
  - name: a
    rules:
      - alert: T
        expr: up
        labels: {__name__: x}
        annotations: {a: '{{ $value'}
`);
  assert.deepEqual(
    problems.map(({ line, message }) => `${line} ${message.replace(/^group "a", rule \d, "[^:]*": /, '')}`),
    [
      '5 could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector',
      "4 invalid field 'for' in recording rule",
      '4 braces present in the recording rule name; should it be in expr?: x{y="z"}',
      "8 only one of 'record' and 'alert' must be set",
      "10 one of 'record' or 'alert' must be set",
      '15 invalid label name: __name__',
      '16 annotation "a": template: __alert_T:1: unclosed action',
      '11 groupname: "a" is repeated in the same file',
    ],
  );
});

test('a file of the wrong form has one problem; unknown fields may be passed over', () => {
  const extra = 'groups:\n  - name: a\n    team: web\n    rules: []\n';
  assert.deepEqual(parseRuleFile(extra).problems, [{ line: 3, column: 1, message: 'unknown key "team" in groups[0]' }]);
  assert.deepEqual(parseRuleFile(extra, { ignoreUnknownFields: true }).problems, []);
  assert.equal(parseRuleFile('groups: [').problems.length, 1);
  assert.deepEqual(parseRuleFile('').problems, []);
  assert.equal(parseRuleFile('groups: []\n---\ngroups: [\n').documents, 2);
});

test('rules of one name and labels are duplicates, wherever their labels come from', () => {
  const { groups } = parseRuleFile(`groups:
  - name: a
    labels: {team: web}
    rules:
      - {record: x, expr: up}
      - {record: y, expr: up}
  - name: b
    rules:
      - {record: x, expr: down, labels: {team: web}}
      - {record: y, expr: up, labels: {team: db}}
`);
  assert.deepEqual(
    duplicateRules(groups).map(({ name, labels }) => [name, [...labels]]),
    [['x', [['team', 'web']]]],
  );
});
